// What kind of device it is, to CUDA's runtime and to its driver: two of an H100's shape.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"

Error cudaGetDevice(int *to);

int devices(void) {
    const char *visible = getenv("CUDA_VISIBLE_DEVICES");
    int count = visible && *visible;
    for (; visible && *visible; visible++) count += *visible == ',';
    return visible ? count : DEVICES;
}
Error cudaGetDeviceCount(int *to) { return *to = devices(), use(); }
Error cudaGetDeviceProperties(struct cudaDeviceProp *to, int device) {
    memset(to, 0, sizeof *to);
    strcpy(to->name, "simulated device");
    to->totalGlobalMem = MEMORY, to->major = 9, to->minor = 0, to->multiProcessorCount = SMS, to->warpSize = 32;
    to->maxThreadsPerBlock = 1024, to->maxThreadsPerMultiProcessor = 2048, to->maxBlocksPerMultiProcessor = 32;
    to->sharedMemPerBlock = 49152, to->sharedMemPerBlockOptin = 232448, to->sharedMemPerMultiprocessor = 233472;
    to->regsPerBlock = to->regsPerMultiprocessor = 65536, to->l2CacheSize = 50 << 20, to->memoryBusWidth = 5120;
    to->maxGridSize[0] = 2147483647, to->maxGridSize[1] = to->maxGridSize[2] = 65535;
    to->maxThreadsDim[0] = to->maxThreadsDim[1] = 1024, to->maxThreadsDim[2] = 64, to->textureAlignment = 512;
    to->concurrentKernels = to->unifiedAddressing = to->canMapHostMemory = to->managedMemory = 1;
    return cudaSuccess;
}
Error cudaDeviceGetAttribute(int *to, int attribute, int device) {
    switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock: case cudaDevAttrMaxBlockDimX: case cudaDevAttrMaxBlockDimY: *to = 1024; break;
    case cudaDevAttrMaxBlockDimZ: *to = 64; break;
    case cudaDevAttrMaxGridDimX: *to = 2147483647; break;
    case cudaDevAttrMaxGridDimY: case cudaDevAttrMaxGridDimZ: *to = 65535; break;
    case cudaDevAttrMaxSharedMemoryPerBlock: *to = 49152; break;
    case cudaDevAttrMaxSharedMemoryPerBlockOptin: *to = 232448; break;
    case cudaDevAttrMaxSharedMemoryPerMultiprocessor: *to = 233472; break;
    case cudaDevAttrMaxRegistersPerBlock: case cudaDevAttrMaxRegistersPerMultiprocessor: *to = 65536; break;
    case cudaDevAttrMaxThreadsPerMultiProcessor: *to = 2048; break;
    case cudaDevAttrMultiProcessorCount: *to = SMS; break;
    case cudaDevAttrWarpSize: case cudaDevAttrMaxBlocksPerMultiprocessor: *to = 32; break;
    case cudaDevAttrComputeCapabilityMajor: *to = 9; break;
    case cudaDevAttrComputeCapabilityMinor: *to = 0; break;
    default: *to = 1;
    }
    return cudaSuccess;
}
Error cudaFuncGetAttributes(struct cudaFuncAttributes *to, const void *function) {
    memset(to, 0, sizeof *to);
    to->ptxVersion = to->binaryVersion = 90, to->maxThreadsPerBlock = 1024, to->numRegs = 32;
    return cudaSuccess;
}
Error cudaOccupancyMaxActiveBlocksPerMultiprocessor(int *to, const void *f, int threads, size_t shared) {
    return *to = 8, cudaSuccess;
}
Error cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *to, const void *f, int threads, size_t shared, unsigned flags) {
    return *to = 8, cudaSuccess;
}
Error cudaGetSymbolAddress(void **to, const void *symbol) {
    static char scratch[1 << 20];
    return *to = scratch, cudaSuccess;
}
Error cudaDeviceCanAccessPeer(int *to, int device, int peer) { return *to = 0, cudaSuccess; }
Error cudaDeviceGetPCIBusId(char *to, int length, int device) { return strncpy(to, "0000:00:00.0", length), cudaSuccess; }
Error cudaDriverGetVersion(int *to) { return *to = VERSION, cudaSuccess; }
Error cudaRuntimeGetVersion(int *to) { return *to = VERSION, cudaSuccess; }

// -- the driver: libcuda.so.1 is this library under another name --
static long nothing(void) { return 0; }
Error cudaGetDriverEntryPointByVersion(const char *name, void **to, unsigned version, unsigned long long flags, int *status) {
    void *const function = dlsym(RTLD_DEFAULT, name);
    *to = function ? function : (void *)nothing;
    if (status) *status = 0;
    return cudaSuccess;
}
Error cudaGetDriverEntryPoint(const char *name, void **to, unsigned long long flags, int *status) {
    return cudaGetDriverEntryPointByVersion(name, to, 0, flags, status);
}
int cuInit(unsigned flags) { return use(); }
int cuDeviceGetCount(int *to) { return *to = devices(), use(); }
int cuDeviceGet(int *to, int ordinal) { return *to = ordinal, 0; }
int cuDevicePrimaryCtxGetState(int device, unsigned *flags, int *is_active) {
    if (flags) *flags = 0;
    if (is_active) *is_active = 1;
    return 0;
}
int cuDevicePrimaryCtxRetain(void **to, int device) { return *to = (void *)1, 0; }
int cuCtxGetCurrent(void **to) { return *to = (void *)1, 0; }
int cuCtxGetDevice(int *to) { return cudaGetDevice(to); }
int cuDriverGetVersion(int *to) { return *to = VERSION, 0; }
int cuDeviceGetAttribute(int *to, int attribute, int device) { return cudaDeviceGetAttribute(to, attribute, device); }
int cuGetErrorString(int error, const char **to) { return *to = "simulated error", 0; }
int cuGetErrorName(int error, const char **to) { return *to = "simulated error", 0; }
