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

// glibc announces its vector forms (4 units in the last place at most) only under -ffast-math, which breaks NaN tests.
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
extern "C" {
__attribute__((simd("notinbranch"))) float expf(float) noexcept;
__attribute__((simd("notinbranch"))) double exp(double) noexcept;
#if __GLIBC_PREREQ(2, 35)
__attribute__((simd("notinbranch"))) float cbrtf(float) noexcept;
__attribute__((simd("notinbranch"))) double cbrt(double) noexcept;
#endif
}
#endif

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

// For SURROGATE, PHI and DPHI: both values are computed, so that loops with exp and cbrt in them become vector code.
static inline real select(bool condition, real yes, real no) { return condition ? yes : no; }
// sigma'(y) = e / (1 + e)^2 with e = exp(-|y|), which cannot overflow
static inline real logistic_slope(real y) {
    const real e = std::exp(-std::abs(y));
    return e / ((1 + e) * (1 + e));
}

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
extern "C" void forward(const Shape &shape, const Constants &constants, const store *x, store *spikes, real *v_pres,
                        double *sums) {
    Shape n = shape;  // by value, and each thread its own: the compiler cannot know that the stores below spare them
    Constants k = constants;
    const int64_t blocks = (n.neurons + n.block - 1) / n.block;
#pragma omp parallel num_threads(shape.threads) firstprivate(n, k)
    {
        const std::unique_ptr<real[]> memory(new real[2 * n.block]);
        real *const v = memory.get(), *const u = v + n.block;
#pragma omp for schedule(static)
        for (int64_t block = 0; block < blocks; block++) {
            const int64_t start = block * n.block, size = std::min(n.block, n.neurons - start);
            double count = 0, error = 0, rectified = 0;
            std::fill(v, v + size, real(0));
            for (int64_t t = 0; t < n.T; t++) {
                const store *const xt = x + (n.is_static ? 0 : t * n.x_stride) + start;
                store *const st = spikes + t * n.neurons + start;
                real count_t = 0, error_t = 0, rectified_t = 0;
#pragma omp simd reduction(+ : count_t, error_t, rectified_t)
                for (int64_t i = 0; i < size; i++) {
                    u[i] = k.decay * v[i] + k.b * real(xt[i]);
                    const real s = fires(u[i], k.v_threshold);
                    st[i] = store(s);
                    v[i] = after_reset(u[i], s, k);
                    count_t += s;
                    error_t += (u[i] - s) * (u[i] - s);
#if RECTIFIED
                    const real w = PHI(u[i]) - s;
                    rectified_t += w * w;
#endif
                }
                if (v_pres) std::copy(u, u + size, v_pres + t * n.neurons + start);
                count += count_t, error += error_t, rectified += rectified_t;
            }
            sums[3 * block] = count, sums[3 * block + 1] = error, sums[3 * block + 2] = rectified;
        }
    }
}

// g: gradient of the spikes; dv_pres: gradient of v_pre, or null; sums: per block, the gradient of decay
extern "C" void backward(const Shape &shape, const Constants &constants, const store *x, const store *g,
                         const real *dv_pres, store *dx, double *sums) {
    Shape n = shape;
    Constants k = constants;
    const int64_t blocks = (n.neurons + n.block - 1) / n.block;
#pragma omp parallel num_threads(shape.threads) firstprivate(n, k)
    {
        // v_pre and v of all steps, then the carry, the step's dx, its sum over the steps, and zeros
        const std::unique_ptr<real[]> memory(new real[(2 * n.T + 5) * n.block]);
        real *const us = memory.get(), *const vs = us + n.T * n.block, *const carry = vs + (n.T + 1) * n.block;
        real *const out = carry + n.block, *const total = out + n.block, *const zeros = total + n.block;
        std::fill(zeros, zeros + n.block, real(0));
#pragma omp for schedule(static)
        for (int64_t block = 0; block < blocks; block++) {
            const int64_t start = block * n.block, size = std::min(n.block, n.neurons - start);
            std::fill(vs, vs + n.block, real(0));
            for (int64_t t = 0; t < n.T; t++) {
                const store *const xt = x + (n.is_static ? 0 : t * n.x_stride) + start;
                real *const u = us + t * n.block, *const v = vs + t * n.block, *const after = v + n.block;
#pragma omp simd
                for (int64_t i = 0; i < size; i++) {
                    u[i] = k.decay * v[i] + k.b * real(xt[i]);
                    after[i] = after_reset(u[i], fires(u[i], k.v_threshold), k);
                }
            }
            std::fill(carry, carry + n.block, real(0));
            std::fill(total, total + n.block, real(0));
            double ddecay = 0;
            for (int64_t t = n.T - 1; t >= 0; t--) {
                const store *const xt = x + (n.is_static ? 0 : t * n.x_stride) + start;
                const store *const gt = g + t * n.g_stride + start;
                const real *const dv = dv_pres ? dv_pres + t * n.neurons + start : zeros;
                const real *const u = us + t * n.block, *const v = vs + t * n.block;
                real ddecay_t = 0;
#pragma omp simd reduction(+ : ddecay_t)
                for (int64_t i = 0; i < size; i++) {
                    const real s = fires(u[i], k.v_threshold), sg = surrogate(u[i], k.v_threshold);
                    const real jump = SOFT ? -k.v_subtract * sg : (k.v_reset - u[i]) * sg;
                    const real through = (SOFT ? real(1) : 1 - s) + (DETACH ? real(0) : jump);
                    const real d = real(gt[i]) * sg + carry[i] * through + k.c * (u[i] - s) + dv[i];
                    ddecay_t += d * (DECAY_INPUT ? v[i] - real(xt[i]) : v[i]);
                    carry[i] = k.decay * d;
                    out[i] = k.b * d;
                }
                ddecay += ddecay_t;
                if (n.is_static)
                    for (int64_t i = 0; i < size; i++) total[i] += out[i];
                else
                    for (int64_t i = 0; i < size; i++) dx[t * n.neurons + start + i] = store(out[i]);
            }
            if (n.is_static)
                for (int64_t i = 0; i < size; i++) dx[start + i] = store(total[i]);
            sums[block] = ddecay;
        }
    }
}
