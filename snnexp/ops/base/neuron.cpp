// The LIF operator for CPUs. library.py compiles this file once per neuron, with these macros:
//   TILE             neurons in a tile
//   STORE, REAL      type of the tensors (float, double, bfloat16), type of the state
//   SURROGATE(z)     ds/dv_pre at z;   PHI(u), DPHI(u): rectifier and its derivative, if RECTIFIED is 1
//   STRICT, SOFT, DETACH_RESET, DETACH_STATE, DECAY_INPUT, LEARNED (the gradient of decay is asked for): 0 or 1
// Both functions also take a norm and a residual in front of the neuron, with x of channels-last tensors; norm.cpp does
// the rest of that norm.
// A tile of neurons is followed through all T steps while its state lies in registers and the first-level cache, so each
// tensor is touched once. Tiles are gathered in blocks of a fixed size, whose sums are added in order: results do not
// depend on the number of threads.
#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <vector>

#include "sums.h"

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
    bfloat16 &operator=(float value) {
        uint32_t b;
        std::memcpy(&b, &value, 4);
        bits = value != value ? 0x7fc0 : (b + 0x7fff + ((b >> 16) & 1)) >> 16;
        return *this;
    }
    operator float() const {
        uint32_t b = uint32_t(bits) << 16;
        float value;
        std::memcpy(&value, &b, 4);
        return value;
    }
};

using store = STORE;

struct Shape {
    int64_t T, neurons, x_stride, r_stride, g_stride, block, channels;
    int32_t threads, is_static, is_measured;  // static: x is one step that stands for T, and dx is the sum over them
};
// Of a tile: y = scale x + shift + residual; center is the mean of x.
struct Norm {
    const real *scale, *shift, *center;
    const store *residual;
};
struct Constants {
    real decay, b, v_threshold, v_reset, v_subtract, half_width, c;
};
// The norm of all tiles: what is given by channel, repeated to the end of a tile that begins with the last one.
struct Affine {
    std::vector<real> scale, shift, center;
    const store *residual;
    Affine(const real *weight, const real *bias, const real *mean, const real *inverse, const store *residual,
           int64_t channels)
        : residual(residual) {
        for (int64_t i = 0; channels && i < channels + TILE; i++) {
            const int64_t c = i % channels;
            scale.push_back(inverse[c] * weight[c]);
            shift.push_back(bias[c] - mean[c] * scale[c]);
            center.push_back(mean[c]);
        }
    }
    Norm at(int64_t neuron, int64_t channel) const {
        const store *const r = residual ? residual + neuron : nullptr;
        return {scale.data() + channel, shift.data() + channel, center.data() + channel, r};
    }
};

// For SURROGATE, PHI and DPHI: both values are computed, so that loops with exp and cbrt in them become vector code.
static inline real select(bool condition, real yes, real no) { return condition ? yes : no; }
// sigma'(y) = e / (1 + e)^2 with e = exp(-|y|), which cannot overflow
static inline real logistic_slope(real y) {
    const real e = std::exp(-std::abs(y));
    return e / ((1 + e) * (1 + e));
}

// As PyTorch's batch norm rounds, so that its spikes stay.
static inline real multiply_add(real x, real scale, real shift) {
#if defined(__FP_FAST_FMA) || defined(__FMA__) || defined(__ARM_FEATURE_FMA)
    return std::fma(x, scale, shift);
#else
    return x * scale + shift;
#endif
}

static inline real after_reset(real v_pre, real s, const Constants &k) {
    return SOFT ? v_pre - k.v_subtract * s : (s != 0 ? k.v_reset : v_pre);
}
static inline real rectified(real u) {
#if RECTIFIED
    return PHI(u);
#else
    return u;
#endif
}
static inline real surrogate(real u, real v_threshold) {
    const real z = rectified(u) - v_threshold;
#if RECTIFIED
    return SURROGATE(z) * DPHI(u);
#else
    return SURROGATE(z);
#endif
}

// The neuron's current at i of a tile.
[[gnu::always_inline]] static inline real current(const Norm &norm, const store *x, const store *r, int64_t i,
                                                  bool is_normed, bool has_residual) {
    const real y = is_normed ? multiply_add(x[i], norm.scale[i], norm.shift[i]) : real(x[i]);
    return has_residual ? y + real(r[i]) : y;
}

// Both functions of a tile are inlined where `size` and the flags are known, so that a full tile's loops are unrolled.
[[gnu::always_inline]] static inline void forward_tile(const Shape &n, const Constants &k, const Norm &norm,
                                                       const store *x, store *spikes, real *v_pres, Totals &sums,
                                                       int64_t size, bool is_normed, bool has_residual,
                                                       bool is_measured) {
    real v[TILE] = {}, u[TILE], w[TILE];
    Sums<Vector> side_by_side;
    Sums<real> rest;
    for (int64_t t = 0; t < n.T; t++) {
        const store *const xt = x + (n.is_static ? 0 : t * n.x_stride);
        const store *const rt = has_residual ? norm.residual + (n.is_static ? 0 : t * n.r_stride) : nullptr;
        store *const st = spikes + t * n.neurons;
#pragma omp simd
        for (int64_t i = 0; i < size; i++) {
            u[i] = k.decay * v[i] + k.b * current(norm, xt, rt, i, is_normed, has_residual);
            const real s = fires(u[i], k.v_threshold);
            st[i] = s;
            v[i] = after_reset(u[i], s, k);
            if (RECTIFIED) w[i] = rectified(u[i]);
        }
        const real *const seen = RECTIFIED ? w : u;
        int64_t i = 0;
        for (; i + LANES <= size; i += LANES)
            side_by_side.add(u + i, seen + i, k.v_threshold, k.half_width, is_measured);
        for (; i < size; i++) rest.add(u + i, seen + i, k.v_threshold, k.half_width, is_measured);
        if (v_pres) std::copy(u, u + size, v_pres + t * n.neurons);
    }
    side_by_side.add_to(sums), rest.add_to(sums);
}

// us, vs: v_pre and the v before it of all steps; dys, offs: with a norm, to which the sums over time of dy and of
// dy (x - center) are added; returns the gradient of decay
[[gnu::always_inline]] static inline double backward_tile(const Shape &n, const Constants &k, const Norm &norm,
                                                          const store *x, const store *g, const real *dv_pres,
                                                          store *dx, real *us, real *vs, real *xs, double *dys, double *offs,
                                                          int64_t size, bool is_static, bool is_normed,
                                                          bool has_residual) {
    static const real zeros[TILE] = {};
    real v[TILE] = {}, carry[TILE] = {}, total[TILE] = {}, off[TILE] = {};
    for (int64_t t = 0; t < n.T; t++) {
        const store *const xt = x + (is_static ? 0 : t * n.x_stride);
        const store *const rt = has_residual ? norm.residual + (is_static ? 0 : t * n.r_stride) : nullptr;
        real *const u = us + t * TILE, *const before = vs + t * TILE;
#pragma omp simd
        for (int64_t i = 0; i < size; i++) {
            if (LEARNED) before[i] = v[i];
            const real y = current(norm, xt, rt, i, is_normed, has_residual);
            u[i] = k.decay * v[i] + k.b * y;
            v[i] = after_reset(u[i], fires(u[i], k.v_threshold), k);
            if (is_normed) xs[t * TILE + i] = real(xt[i]) - norm.center[i];
        }
    }
    double ddecay = 0;
    for (int64_t t = n.T - 1; t >= 0; t--) {
        const store *const xt = x + (is_static ? 0 : t * n.x_stride), *const gt = g + t * n.g_stride;
        const store *const rt = has_residual ? norm.residual + (is_static ? 0 : t * n.r_stride) : nullptr;
        const real *const u = us + t * TILE, *const before = vs + t * TILE;
        const real *const dv = dv_pres ? dv_pres + t * n.neurons : zeros;
        store *const out = dx + t * n.neurons;
        real ddecay_t = 0;
#pragma omp simd reduction(+ : ddecay_t)
        for (int64_t i = 0; i < size; i++) {
            const real s = fires(u[i], k.v_threshold), sg = surrogate(u[i], k.v_threshold);
            const real jump = SOFT ? -k.v_subtract * sg : (k.v_reset - u[i]) * sg;
            const real through = (SOFT ? real(1) : 1 - s) + (DETACH_RESET ? real(0) : jump);
            const real d = real(gt[i]) * sg + carry[i] * through + k.c * (u[i] - s) + dv[i], dy = k.b * d;
            if (LEARNED) {
                const real y = DECAY_INPUT ? current(norm, xt, rt, i, is_normed, has_residual) : real(0);
                ddecay_t += d * (before[i] - y);
            }
            carry[i] = DETACH_STATE ? real(0) : k.decay * d;
            if (is_static || is_normed) total[i] += dy;
            if (is_normed && !is_static) off[i] += dy * xs[t * TILE + i];
            if (!is_static) out[i] = dy;
        }
        ddecay += ddecay_t;
    }
    if (is_static)
        for (int64_t i = 0; i < size; i++) dx[i] = total[i], off[i] = total[i] * xs[i];
#pragma omp simd
    for (int64_t i = 0; i < (is_normed ? size : 0); i++) dys[i] += double(total[i]), offs[i] += double(off[i]);
    return ddecay;
}

// Adds each block's row of sums to the first one, in this order: a library's would depend on the number of threads.
static void add_up(double *sums, int64_t blocks, int64_t columns) {
    if (blocks == 0) std::fill_n(sums, columns, 0.0);
    for (int64_t block = 1; block < blocks; block++)
        for (int64_t i = 0; i < columns; i++) sums[i] += sums[block * columns + i];
}

// v_pres and residual may be null; sums: a row a block, the first of which ends as the sum of all
extern "C" void forward(const Shape &shape, const Constants &constants, const store *x, store *spikes, real *v_pres,
                        const real *weight, const real *bias, const real *mean, const real *inverse,
                        const store *residual, double *sums) {
    const Shape n = shape;  // by value: the compiler cannot know that the stores spare what a reference names
    const Constants k = constants;
    const int64_t blocks = (n.neurons + n.block - 1) / n.block;
    const Affine affine(weight, bias, mean, inverse, residual, n.channels);
#pragma omp parallel for num_threads(n.threads) schedule(static) firstprivate(n, k)
    for (int64_t block = 0; block < blocks; block++) {
        const int64_t end = std::min((block + 1) * n.block, n.neurons);
        Totals mine = {};
        for (int64_t i = block * n.block; i < end; i += TILE) {
            const int64_t channel = n.channels ? i % n.channels : 0;
            const Norm norm = affine.at(i, channel);
            const auto tile = [&](int64_t size, bool is_normed, bool has_residual, bool is_measured)
                                  __attribute__((always_inline)) {
                real *const u = v_pres ? v_pres + i : nullptr;
                forward_tile(n, k, norm, x + i, spikes + i, u, mine, size, is_normed, has_residual,
                             is_measured);
            };
            const auto full = [&](bool is_measured) __attribute__((always_inline)) {
                if (!n.channels)
                    tile(TILE, false, false, is_measured);
                else
                    residual ? tile(TILE, true, true, is_measured) : tile(TILE, true, false, is_measured);
            };
            if (end - i < TILE)
                tile(end - i, n.channels, residual, n.is_measured);
            else
                n.is_measured ? full(true) : full(false);
        }
        for (int64_t i = 0; i < SUMS; i++) sums[SUMS * block + i] = std::accumulate(mine[i], mine[i] + LANES, 0.0);
    }
    add_up(sums, blocks, SUMS);
}

// g: gradient of the spikes; dv_pres: gradient of v_pre, or null; dx: gradient of the neuron's current;
// sums: per block, the gradient of decay, then the sums of dy and of dy (x - center) by channel
extern "C" void backward(const Shape &shape, const Constants &constants, const store *x, const store *g,
                         const real *dv_pres, store *dx, const real *weight, const real *bias, const real *mean,
                         const real *inverse, const store *residual, double *sums) {
    const Shape n = shape;
    const Constants k = constants;
    const int64_t blocks = (n.neurons + n.block - 1) / n.block, reach = n.channels + TILE;
    const Affine affine(weight, bias, mean, inverse, residual, n.channels);
#pragma omp parallel num_threads(n.threads) firstprivate(n, k)
    {
        const std::unique_ptr<real[]> memory(new real[3 * n.T * TILE]);
        const std::unique_ptr<double[]> by_channel(new double[2 * reach]);
        real *const us = memory.get(), *const vs = us + n.T * TILE, *const xs = vs + n.T * TILE;
        double *const dys = by_channel.get(), *const offs = dys + reach;
#pragma omp for schedule(static)
        for (int64_t block = 0; block < blocks; block++) {
            const int64_t end = std::min((block + 1) * n.block, n.neurons);
            double *const mine = sums + block * (1 + 2 * n.channels);
            std::fill_n(mine, 1 + 2 * n.channels, 0.0);
            std::fill_n(dys, 2 * reach, 0.0);
            for (int64_t i = block * n.block; i < end; i += TILE) {
                const int64_t channel = n.channels ? i % n.channels : 0;
                const Norm norm = affine.at(i, channel);
                const auto tile = [&](int64_t size, bool is_static, bool is_normed,
                                      bool has_residual) __attribute__((always_inline)) {
                    const real *const dv = dv_pres ? dv_pres + i : nullptr;
                    *mine += backward_tile(n, k, norm, x + i, g + i, dv, dx + i, us, vs, xs, dys + channel, offs + channel,
                                           size, is_static, is_normed, has_residual);
                };
                if (end - i < TILE || (n.is_static && n.channels))
                    tile(std::min<int64_t>(end - i, TILE), n.is_static, n.channels, residual);
                else if (!n.channels)
                    n.is_static ? tile(TILE, true, false, false) : tile(TILE, false, false, false);
                else
                    residual ? tile(TILE, false, true, true) : tile(TILE, false, true, false);
            }
            for (int64_t c = 0; n.channels && c < reach; c++) {
                mine[1 + c % n.channels] += dys[c];
                mine[1 + n.channels + c % n.channels] += offs[c];
            }
        }
    }
    add_up(sums, blocks, 1 + 2 * n.channels);
}
