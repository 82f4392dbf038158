// The gate of ASA on a CPU, compiled once for each number of channels: a group I of entries (t, n, c), given by a mask, and
// the rest J have spatial maps of their own. Macros: REAL, the type of tensors and sums; CHANNELS, side by side in x.
// The threads share the samples, each of which one of them walks in one order: results do not depend on their number.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

using real = REAL;

struct Shape {
    int64_t T, N, pixels, t_stride, n_stride;  // strides of x between steps and samples
    int32_t threads;
};

// As torch.amax, which a NaN passes.
static inline real larger(real a, real b) { return a > b || a != a ? a : b; }

// work(row of x, place of its mask, pixel, place in y) for every step and pixel of a sample
template <class Work> static void walk(const Shape &s, int64_t n, const real *x, Work work) {
    for (int64_t t = 0; t < s.T; t++)
        for (int64_t p = 0; p < s.pixels; p++)
            work(x + t * s.t_stride + n * s.n_stride + p * CHANNELS, (t * s.N + n) * CHANNELS, p,
                 ((t * s.N + n) * s.pixels + p) * CHANNELS);
}

// scores: [T, N, C], mean plus maximum over the pixels
extern "C" void score(const Shape &shape, const real *x, real *scores) {
    const Shape s = shape;
#pragma omp parallel for num_threads(s.threads) schedule(static)
    for (int64_t i = 0; i < s.T * s.N; i++) {
        const real *row = x + i / s.N * s.t_stride + i % s.N * s.n_stride;
        real sum[CHANNELS] = {}, most[CHANNELS];
        std::fill_n(most, CHANNELS, -std::numeric_limits<real>::infinity());
        for (int64_t p = 0; p < s.pixels; p++, row += CHANNELS)
            for (int c = 0; c < CHANNELS; c++) sum[c] += row[c], most[c] = larger(row[c], most[c]);
        for (int c = 0; c < CHANNELS; c++) scores[i * CHANNELS + c] = sum[c] / s.pixels + most[c];
    }
}

// pooled: [4, N, pixels], over (t, c) the mean and the maximum of x in I and 0 elsewhere, then those of x in J
extern "C" void pool(const Shape &shape, const real *x, const real *mask, real *pooled) {
    const Shape s = shape;
    const int64_t each = s.N * s.pixels;
#pragma omp parallel for num_threads(s.threads) schedule(static)
    for (int64_t n = 0; n < s.N; n++) {
        real *const out = pooled + n * s.pixels;
        for (int64_t p = 0; p < s.pixels; p++) {
            out[p] = out[2 * each + p] = 0;
            out[each + p] = out[3 * each + p] = -std::numeric_limits<real>::infinity();
        }
        walk(s, n, x, [&](const real *row, int64_t at, int64_t p, int64_t) {
            real sum = 0, others = 0, most = out[each + p], more = out[3 * each + p];
            for (int c = 0; c < CHANNELS; c++) {
                const real in = row[c] * mask[at + c], rest = row[c] - in;
                sum += in, others += rest, most = larger(in, most), more = larger(rest, more);
            }
            out[p] += sum, out[2 * each + p] += others, out[each + p] = most, out[3 * each + p] = more;
        });
        for (int64_t p = 0; p < s.pixels; p++) out[p] /= s.T * CHANNELS, out[2 * each + p] /= s.T * CHANNELS;
    }
}

// As torch.amax, whose gradient all entries share that are the maximum. dx: [T, N, pixels, C]
extern "C" void pool_backward(const Shape &shape, const real *x, const real *mask, const real *pooled,
                              const real *dpooled, real *dx) {
    const Shape s = shape;
    const int64_t each = s.N * s.pixels;
#pragma omp parallel for num_threads(s.threads) schedule(static)
    for (int64_t n = 0; n < s.N; n++) {
        const real *const out = pooled + n * s.pixels, *const d = dpooled + n * s.pixels;
        std::vector<real> most(s.pixels), more(s.pixels);
        walk(s, n, x, [&](const real *row, int64_t at, int64_t p, int64_t) {
            real one = 0, other = 0;
            for (int c = 0; c < CHANNELS; c++) {
                const real in = row[c] * mask[at + c], rest = row[c] - in;
                one += in == out[each + p], other += rest == out[3 * each + p];
            }
            most[p] += one, more[p] += other;
        });
        for (int64_t p = 0; p < s.pixels; p++) most[p] = d[each + p] / most[p], more[p] = d[3 * each + p] / more[p];
        walk(s, n, x, [&](const real *row, int64_t at, int64_t p, int64_t to) {
            const real mean = d[p] / (s.T * CHANNELS), others = d[2 * each + p] / (s.T * CHANNELS);
            for (int c = 0; c < CHANNELS; c++) {
                const real m = mask[at + c], in = row[c] * m, rest = row[c] - in;
                const real one = mean + (in == out[each + p] ? most[p] : 0);
                const real other = others + (rest == out[3 * each + p] ? more[p] : 0);
                dx[to + c] = m != 0 ? one : other;
            }
        });
    }
}

// y: [T, N, pixels, C], x times the map of its group; maps: [2, N, pixels]
extern "C" void apply(const Shape &shape, const real *x, const real *mask, const real *maps, real *y) {
    const Shape s = shape;
#pragma omp parallel for num_threads(s.threads) schedule(static)
    for (int64_t n = 0; n < s.N; n++)
        walk(s, n, x, [&](const real *row, int64_t at, int64_t p, int64_t to) {
            const real map = maps[n * s.pixels + p], other = maps[(s.N + n) * s.pixels + p];
            for (int c = 0; c < CHANNELS; c++) y[to + c] = row[c] * (mask[at + c] != 0 ? map : other);
        });
}

// g: gradient of y, laid out as y
extern "C" void apply_backward(const Shape &shape, const real *x, const real *mask, const real *maps, const real *g,
                               real *dx, real *dmaps) {
    const Shape s = shape;
#pragma omp parallel for num_threads(s.threads) schedule(static)
    for (int64_t n = 0; n < s.N; n++) {
        std::fill_n(dmaps + n * s.pixels, s.pixels, real(0));
        std::fill_n(dmaps + (s.N + n) * s.pixels, s.pixels, real(0));
        walk(s, n, x, [&](const real *row, int64_t at, int64_t p, int64_t to) {
            const real map = maps[n * s.pixels + p], other = maps[(s.N + n) * s.pixels + p];
            real sum = 0, others = 0;
            for (int c = 0; c < CHANNELS; c++) {
                const real m = mask[at + c], product = g[to + c] * row[c];
                dx[to + c] = g[to + c] * (m != 0 ? map : other);
                sum += m != 0 ? product : 0, others += m != 0 ? 0 : product;
            }
            dmaps[n * s.pixels + p] += sum, dmaps[(s.N + n) * s.pixels + p] += others;
        });
    }
}
