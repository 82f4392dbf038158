// CUDA's runtime without a GPU, below the real libtorch_cuda: memory is the host's, kernels do nothing, streams run in order.
// It keeps track of what a capture allows, and counts launches, copies and waits. device.py computes the values, and
// shape.c says what kind of device it is.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"

enum { RANGES = 65536 };
static const size_t LARGEST = 12ull << 30, POISONED = 64ull << 20;

long simulated_launches = 0, simulated_copies = 0, simulated_waits = 0;
static __thread Error last = cudaSuccess;
static __thread int current = 0;
static void *capturing = NULL;  // the stream
static int capture_is_broken = 0;
static size_t captured = 0;  // launches and copies
static unsigned long long captures = 0;

static Error remember(Error error) {
    if (error) last = error;
    return error;
}

// -- forks: who is forked from a process that has used the device can use none --
static int is_used = 0, is_lost = 0;
static void forked(void) { is_lost |= is_used; }
__attribute__((constructor)) static void begin(void) { pthread_atfork(NULL, NULL, forked); }
Error use(void) {
    is_used = 1;
    return is_lost ? remember(cudaErrorInitializationError) : cudaSuccess;
}

static Error refuse_in_capture(void) {
    if (!capturing) return cudaSuccess;
    capture_is_broken = 1;
    return remember(cudaErrorStreamCaptureUnsupported);
}
static int is_capturing(const void *stream) { return capturing && stream == capturing; }
static void count(long *what, const void *stream) {
    ++*what;
    captured += is_capturing(stream);
}

// -- memory: which ranges are a device's, and which are pinned --
struct Ranges {
    struct { char *start; size_t bytes; } all[RANGES];
    int count;
};
static struct Ranges on_device, pinned;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t used = 0;

static void add(struct Ranges *ranges, void *start, size_t bytes) {
    pthread_mutex_lock(&lock);
    if (ranges->count == RANGES) abort();
    ranges->all[ranges->count].start = start;
    ranges->all[ranges->count++].bytes = bytes;
    pthread_mutex_unlock(&lock);
}
static size_t take_out(struct Ranges *ranges, void *start) {
    size_t bytes = 0;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < ranges->count && !bytes; i++)
        if (ranges->all[i].start == start) {
            bytes = ranges->all[i].bytes;
            ranges->all[i] = ranges->all[--ranges->count];
        }
    pthread_mutex_unlock(&lock);
    return bytes;
}
static int holds(struct Ranges *ranges, const void *pointer) {
    const char *p = pointer;
    int found = 0;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < ranges->count && !found; i++)
        found = p >= ranges->all[i].start && p < ranges->all[i].start + ranges->all[i].bytes;
    pthread_mutex_unlock(&lock);
    return found;
}

Error cudaMalloc(void **p, size_t bytes) {
    *p = NULL;
    if (use()) return last;
    if (used + bytes > MEMORY || bytes > LARGEST || posix_memalign(p, 2 << 20, bytes))
        return remember(cudaErrorMemoryAllocation);
    if (bytes <= POISONED) memset(*p, 0xff, bytes);  // NaN, for who reads what nobody wrote
    add(&on_device, *p, bytes);
    used += bytes;
    return cudaSuccess;
}
Error cudaFree(void *p) {
    if (p) used -= take_out(&on_device, p);
    free(p);
    return cudaSuccess;
}
Error cudaMemGetInfo(size_t *free, size_t *total) {
    *free = MEMORY - used, *total = MEMORY;
    return cudaSuccess;
}
Error cudaHostAlloc(void **p, size_t bytes, unsigned flags) {
    if (posix_memalign(p, 4096, bytes ? bytes : 1)) return remember(cudaErrorMemoryAllocation);
    add(&pinned, *p, bytes);
    return cudaSuccess;
}
Error cudaFreeHost(void *p) {
    take_out(&pinned, p);
    free(p);
    return cudaSuccess;
}
Error cudaHostRegister(void *p, size_t bytes, unsigned flags) {
    add(&pinned, p, bytes);
    return cudaSuccess;
}
Error cudaHostUnregister(void *p) {
    take_out(&pinned, p);
    return cudaSuccess;
}
Error cudaPointerGetAttributes(struct cudaPointerAttributes *to, const void *p) {
    memset(to, 0, sizeof *to);
    to->type = holds(&on_device, p) ? cudaMemoryTypeDevice : holds(&pinned, p) ? cudaMemoryTypeHost : cudaMemoryTypeUnregistered;
    to->devicePointer = to->hostPointer = (void *)p;
    return cudaSuccess;
}

// -- copies: what is captured waits for its replay, and may not touch pageable memory --
Error cudaMemcpy(void *to, const void *from, size_t bytes, int kind) {
    simulated_waits++;
    if (refuse_in_capture()) return last;
    memcpy(to, from, bytes);
    return cudaSuccess;
}
Error cudaMemcpyAsync(void *to, const void *from, size_t bytes, int kind, void *stream) {
    count(&simulated_copies, stream);
    const int source = holds(&on_device, from), target = holds(&on_device, to);
    const void *const host = source == target ? NULL : source ? to : from;
    if (is_capturing(stream)) return host && !holds(&pinned, host) ? refuse_in_capture() : cudaSuccess;
    memmove(to, from, bytes);
    return cudaSuccess;
}
Error cudaMemcpyPeerAsync(void *to, int target, const void *from, int source, size_t bytes, void *stream) {
    memmove(to, from, bytes);
    return cudaSuccess;
}
Error cudaMemset(void *to, int value, size_t bytes) {
    memset(to, value, bytes);
    return cudaSuccess;
}
Error cudaMemsetAsync(void *to, int value, size_t bytes, void *stream) {
    count(&simulated_copies, stream);
    if (!is_capturing(stream)) memset(to, value, bytes);
    return cudaSuccess;
}

// -- streams, events, graphs --
static void *handle(void) {
    static long serial = 0x1000;
    return (void *)__sync_add_and_fetch(&serial, 16);
}
Error cudaDeviceSynchronize(void) {
    simulated_waits++;
    return refuse_in_capture();
}
Error cudaStreamSynchronize(void *stream) {
    simulated_waits++;
    return is_capturing(stream) ? refuse_in_capture() : cudaSuccess;
}
Error cudaStreamQuery(void *stream) { return is_capturing(stream) ? refuse_in_capture() : cudaSuccess; }
Error cudaStreamCreate(void **to) { return *to = handle(), cudaSuccess; }
Error cudaStreamCreateWithFlags(void **to, unsigned flags) { return *to = handle(), cudaSuccess; }
Error cudaStreamCreateWithPriority(void **to, unsigned flags, int priority) { return *to = handle(), cudaSuccess; }
Error cudaStreamGetPriority(void *stream, int *to) { return *to = 0, cudaSuccess; }
Error cudaDeviceGetStreamPriorityRange(int *least, int *greatest) { return *least = 0, *greatest = -5, cudaSuccess; }
Error cudaEventCreate(void **to) { return *to = handle(), cudaSuccess; }
Error cudaEventCreateWithFlags(void **to, unsigned flags) { return *to = handle(), cudaSuccess; }
Error cudaEventElapsedTime(float *to, void *from, void *until) { return *to = 1.0f, cudaSuccess; }
Error cudaStreamIsCapturing(void *stream, int *to) {
    *to = !is_capturing(stream) ? cudaStreamCaptureStatusNone
          : capture_is_broken   ? cudaStreamCaptureStatusInvalidated
                                : cudaStreamCaptureStatusActive;
    return cudaSuccess;
}
Error cudaStreamGetCaptureInfo(void *stream, int *status, unsigned long long *id, void **graph, const void ***dependencies,
                               const void ***edges, size_t *count) {
    if (id) *id = captures;
    if (graph) *graph = (void *)&captures;
    if (count) *count = 0;
    return cudaStreamIsCapturing(stream, status);
}
Error cudaStreamBeginCapture(void *stream, int mode) {
    capturing = stream, capture_is_broken = 0, captured = 0, captures++;
    return cudaSuccess;
}
Error cudaStreamBeginCaptureToGraph(void *stream, void *graph, const void *from, const void *edges, size_t n, int mode) {
    return cudaStreamBeginCapture(stream, mode);
}
Error cudaStreamEndCapture(void *stream, void **graph) {
    capturing = NULL;
    *graph = capture_is_broken ? NULL : handle();
    return capture_is_broken ? remember(cudaErrorStreamCaptureInvalidated) : cudaSuccess;
}
int simulated_capturing(void) { return capturing != NULL; }
Error cudaGraphGetNodes(void *graph, void **nodes, size_t *to) { return *to = captured, cudaSuccess; }
Error cudaGraphInstantiate(void **to, void *graph, unsigned long long flags) { return *to = handle(), cudaSuccess; }
Error cudaGraphInstantiateWithFlags(void **to, void *graph, unsigned long long flags) { return *to = handle(), cudaSuccess; }

// -- launches --
Error cudaLaunchKernel(const void *function, dim3 grid, dim3 block, void **arguments, size_t shared, void *stream) {
    return count(&simulated_launches, stream), cudaSuccess;
}
Error __cudaLaunchKernel(const void *function, dim3 grid, dim3 block, void **arguments, size_t shared, void *stream) {
    return cudaLaunchKernel(function, grid, block, arguments, shared, stream);
}
Error cudaLaunchCooperativeKernel(const void *function, dim3 grid, dim3 block, void **arguments, size_t shared,
                                  void *stream) {
    return cudaLaunchKernel(function, grid, block, arguments, shared, stream);
}
Error cudaLaunchKernelExC(const cudaLaunchConfig_t *config, const void *function, void **arguments) {
    return count(&simulated_launches, config->stream), cudaSuccess;
}
void **__cudaRegisterFatBinary(void *binary) {
    static void *registered;
    return &registered;
}
static __thread void *launching;  // the stream of the launch that is being written, between angle brackets in CUDA
unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, size_t shared, void *stream) { return launching = stream, 0; }
Error __cudaPopCallConfiguration(dim3 *grid, dim3 *block, size_t *shared, void **stream) {
    if (shared) *shared = 0;
    if (stream) *stream = launching;
    memset(grid, 0, sizeof *grid), memset(block, 0, sizeof *block);
    return cudaSuccess;
}
Error __cudaGetKernel(const void **to, const void *function) { return *to = function, cudaSuccess; }

// -- the device of a thread --
Error cudaGetDevice(int *to) { return *to = current, use(); }
Error cudaSetDevice(int device) {
    if (use()) return last;
    if (device < 0 || device >= devices()) return remember(cudaErrorInvalidDevice);
    current = device;
    return cudaSuccess;
}

// -- errors --
Error cudaGetLastError(void) {
    const Error error = last;
    return last = cudaSuccess, error;
}
Error cudaPeekAtLastError(void) { return last; }
const char *cudaGetErrorString(Error error) {
    static char text[64];
    if (error == cudaErrorStreamCaptureUnsupported) return "operation not permitted when stream is capturing";
    if (error == cudaErrorStreamCaptureInvalidated) return "operation failed due to an error during capture";
    if (error == cudaErrorMemoryAllocation) return "out of memory";
    if (error == cudaErrorInitializationError) return "initialization error";
    snprintf(text, sizeof text, "simulated error %d", error);
    return text;
}
const char *cudaGetErrorName(Error error) { return cudaGetErrorString(error); }
