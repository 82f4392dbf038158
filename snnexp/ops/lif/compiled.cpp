// The LIF operator for CPUs. compiled.py compiles this file once per neuron, with these macros:
//   STORE, REAL      type of the tensors (float, double, bfloat16), type of the state
//   SURROGATE(z)     ds/dv_pre at z;   PHI(u), DPHI(u): rectifier and its derivative, if RECTIFIED is 1
//   STRICT, SOFT, DETACH, DECAY_INPUT: 0 or 1
// A block of neurons is followed through all T steps while its state lies in the cache: each tensor is touched once.
// Blocks have a fixed size and their sums are added in order, so results do not depend on the number of threads.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>

struct bfloat16 {
    uint16_t bits;
    bfloat16() = default;
    bfloat16(float value) {
        uint32_t b;
        std::memcpy(&b, &value, 4);
        bits = value != value ? 0x7fc0 : (b + 0x7fff + ((b >> 16) & 1)) >> 16;
    }
    operator float() const {
        uint32_t b = uint32_t(bits) << 16;
        float value;
        std::memcpy(&value, &b, 4);
        return value;
    }
};

using store = STORE;
using real = REAL;

struct Shape {
    int64_t T, neurons, x_stride, g_stride, block;
    int32_t threads, is_static;  // static: x is one step that stands for T, and dx is the sum over them
};
struct Constants {
    real decay, b, v_threshold, v_reset, v_subtract, c;
};

static inline real fires(real v_pre, real v_threshold) {
    return (STRICT ? v_pre > v_threshold : v_pre >= v_threshold) ? real(1) : real(0);
}
static inline real after_reset(real v_pre, real s, const Constants &k) {
    return SOFT ? v_pre - k.v_subtract * s : (s != 0 ? k.v_reset : v_pre);
}
static inline real surrogate(real u, real v_threshold) {
#if RECTIFIED
    const real z = PHI(u) - v_threshold;
    return SURROGATE(z) * DPHI(u);
#else
    const real z = u - v_threshold;
    return SURROGATE(z);
#endif
}

// sums: per block, number of spikes, sum of (v_pre - s)^2, sum of (phi(v_pre) - s)^2
extern "C" void forward(const Shape &n, const Constants &k, const store *x, store *spikes, real *v_pres, double *sums) {
    const int64_t blocks = (n.neurons + n.block - 1) / n.block;
#pragma omp parallel num_threads(n.threads)
    {
        const std::unique_ptr<real[]> state(new real[n.block]);
        real *const v = state.get();
#pragma omp for schedule(static)
        for (int64_t block = 0; block < blocks; block++) {
            const int64_t start = block * n.block, size = std::min(n.block, n.neurons - start);
            double count = 0, error = 0, rectified = 0;
            std::fill(v, v + size, real(0));
            for (int64_t t = 0; t < n.T; t++) {
                const store *const xt = x + (n.is_static ? 0 : t * n.x_stride) + start;
                store *const st = spikes + t * n.neurons + start;
                real *const ut = v_pres ? v_pres + t * n.neurons + start : nullptr;
                real count_t = 0, error_t = 0, rectified_t = 0;
#pragma omp simd reduction(+ : count_t, error_t, rectified_t)
                for (int64_t i = 0; i < size; i++) {
                    const real u = k.decay * v[i] + k.b * real(xt[i]);
                    const real s = fires(u, k.v_threshold);
                    st[i] = store(s);
                    v[i] = after_reset(u, s, k);
                    count_t += s;
                    error_t += (u - s) * (u - s);
#if RECTIFIED
                    rectified_t += (PHI(u) - s) * (PHI(u) - s);
#endif
                    if (ut) ut[i] = u;
                }
                count += count_t, error += error_t, rectified += rectified_t;
            }
            sums[3 * block] = count, sums[3 * block + 1] = error, sums[3 * block + 2] = rectified;
        }
    }
}

// g: gradient of the spikes; dv_pres: gradient of v_pre, or null; sums: per block, the gradient of decay
extern "C" void backward(const Shape &n, const Constants &k, const store *x, const store *g, const real *dv_pres,
                         store *dx, double *sums) {
    const int64_t blocks = (n.neurons + n.block - 1) / n.block;
#pragma omp parallel num_threads(n.threads)
    {
        const std::unique_ptr<real[]> memory(new real[(n.T + 2) * n.block]);
        real *const us = memory.get(), *const carry = us + n.T * n.block, *const total = carry + n.block;
#pragma omp for schedule(static)
        for (int64_t block = 0; block < blocks; block++) {
            const int64_t start = block * n.block, size = std::min(n.block, n.neurons - start);
            std::fill(carry, carry + size, real(0));
            for (int64_t t = 0; t < n.T; t++) {
                const store *const xt = x + (n.is_static ? 0 : t * n.x_stride) + start;
                real *const u = us + t * n.block;
#pragma omp simd
                for (int64_t i = 0; i < size; i++) {
                    u[i] = k.decay * carry[i] + k.b * real(xt[i]);
                    carry[i] = after_reset(u[i], fires(u[i], k.v_threshold), k);
                }
            }
            std::fill(carry, carry + 2 * n.block, real(0));
            double ddecay = 0;
            for (int64_t t = n.T - 1; t >= 0; t--) {
                const store *const xt = x + (n.is_static ? 0 : t * n.x_stride) + start;
                const store *const gt = g + t * n.g_stride + start;
                const real *const dv = dv_pres ? dv_pres + t * n.neurons + start : nullptr;
                const real *const u = us + t * n.block, *const before = t ? u - n.block : nullptr;
                store *const dxt = dx + t * n.neurons + start;
                real ddecay_t = 0;
#pragma omp simd reduction(+ : ddecay_t)
                for (int64_t i = 0; i < size; i++) {
                    const real s = fires(u[i], k.v_threshold), sg = surrogate(u[i], k.v_threshold);
                    const real jump = SOFT ? -k.v_subtract * sg : (k.v_reset - u[i]) * sg;
                    const real through = (SOFT ? real(1) : 1 - s) + (DETACH ? real(0) : jump);
                    real d = real(gt[i]) * sg + carry[i] * through + k.c * (u[i] - s);
                    if (dv) d += dv[i];
                    const real v = before ? after_reset(before[i], fires(before[i], k.v_threshold), k) : real(0);
                    ddecay_t += d * (DECAY_INPUT ? v - real(xt[i]) : v);
                    carry[i] = k.decay * d;
                    if (n.is_static) total[i] += k.b * d;
                    else dxt[i] = store(k.b * d);
                }
                ddecay += ddecay_t;
            }
            if (n.is_static)
                for (int64_t i = 0; i < size; i++) dx[start + i] = store(total[i]);
            sums[block] = ddecay;
        }
    }
}
