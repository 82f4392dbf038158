// What both files of the simulated device know.
#include <driver_types.h>

typedef cudaError_t Error;
enum { DEVICES = 2, SMS = 132, VERSION = 13020 };
static const size_t MEMORY = 80ull << 30;
int devices(void);  // those that CUDA_VISIBLE_DEVICES leaves
Error use(void);    // an error where a fork took the device away
