// Batch norm's own passes over channels-last memory; what it shares with the neuron behind it is in neuron.cpp. Macros:
//   REAL    type of the tensors
//   TILE    numbers that are worked on at once
// Sums are those of blocks of a fixed size, added in order: results do not depend on the number of threads.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

using real = REAL;

struct Shape {
    int64_t steps, size, x_stride, channels;  // size: numbers of a step; x_stride: between steps of x
    int32_t threads;
    double eps;
};

constexpr int64_t ROWS = 64;  // of tiles in a block, which the first-level cache holds

// Mean of a channel in a part of memory, and the sum of squared distances to it.
struct Part {
    double mean, squares;
};

// Adds term(x[i], j) to sums[j] for every i = j modulo the tile, four rows at once to load and store the sums less often.
template <class Term> static void add_up(const real *x, int64_t size, int64_t tile, real *sums, Term term) {
    std::fill_n(sums, tile, real(0));
    int64_t i = 0;
    for (; i + 4 * tile <= size; i += 4 * tile) {
        const real *const a = x + i, *const b = a + tile, *const c = b + tile, *const d = c + tile;
#pragma omp simd
        for (int64_t j = 0; j < tile; j++) sums[j] += (term(a[j], j) + term(b[j], j)) + (term(c[j], j) + term(d[j], j));
    }
    for (; i < size; i += tile) {
        const int64_t end = std::min(tile, size - i);
#pragma omp simd
        for (int64_t j = 0; j < end; j++) sums[j] += term(x[i + j], j);
    }
}

// The sums of each channel in the first ones of a tile, which is a multiple of all channels.
static void fold(real *sums, int64_t tile, int64_t channels) {
    for (int64_t row = channels; row < tile; row += channels)
        for (int64_t c = 0; c < channels; c++) sums[c] += sums[row + c];
}

// A block's parts.
static void measure(const real *x, int64_t size, int64_t tile, int64_t channels, real *sums, real *means, Part *parts) {
    add_up(x, size, tile, sums, [](real value, int64_t) { return value; });
    fold(sums, tile, channels);
    for (int64_t c = 0; c < channels; c++) means[c] = sums[c] * channels / size;
    for (int64_t j = channels; j < tile; j++) means[j] = means[j - channels];
    add_up(x, size, tile, sums, [=](real value, int64_t j) { return (value - means[j]) * (value - means[j]); });
    fold(sums, tile, channels);
    for (int64_t c = 0; c < channels; c++) parts[c] = {means[c], sums[c]};
}

// found: of each channel over all steps the mean, the biased variance and 1 / sqrt(variance + eps).
// Source: Chan, Golub and LeVeque 1983.
extern "C" void statistics(const Shape &shape, const real *x, real *found) {
    const Shape s = shape;
    const int64_t tile = s.channels * ((TILE + s.channels - 1) / s.channels), block = ROWS * tile;
    const int64_t blocks = (s.size + block - 1) / block;
    std::vector<Part> parts(s.steps * blocks * s.channels);
#pragma omp parallel num_threads(s.threads)
    {
        std::vector<real> sums(tile), means(tile);
#pragma omp for schedule(static)
        for (int64_t b = 0; b < s.steps * blocks; b++) {
            const int64_t first = b % blocks * block;
            const real *const from = x + b / blocks * s.x_stride + first;
            measure(from, std::min(block, s.size - first), tile, s.channels, sums.data(), means.data(),
                    &parts[b * s.channels]);
        }
    }
    std::vector<Part> all(s.channels);
    double before = 0;
    for (int64_t b = 0; b < s.steps * blocks; b++) {
        const double count = std::min(block, s.size - b % blocks * block) / s.channels, share = count / (before + count);
        for (int64_t c = 0; c < s.channels; c++) {
            const Part part = parts[b * s.channels + c];
            const double off = part.mean - all[c].mean;
            all[c].mean += off * share;
            all[c].squares += part.squares + off * off * before * share;
        }
        before += count;
    }
    for (int64_t c = 0; c < s.channels; c++) {
        const double var = all[c].squares / before;
        found[c] = all[c].mean;
        found[s.channels + c] = var;
        found[2 * s.channels + c] = 1 / std::sqrt(var + s.eps);
    }
}

// dx = weight inverse (dy - dys / n - (x - mean) inverse^2 offs / n) with n numbers a channel, dys and offs the sums of dy
// and of dy (x - mean), or null for constant statistics; dy and dx, which may be one, are laid out step behind step.
extern "C" void gradient(const Shape &shape, const real *x, const real *dy, const double *sums, real *dx,
                         const real *weight, const real *mean, const real *inverse) {
    const Shape s = shape;
    const int64_t block = ROWS * TILE, blocks = (s.size + block - 1) / block;
    const double n = double(s.steps * s.size / s.channels);
    std::vector<real> factor, center, mean_dy, slope;  // of channels, repeated to the end of the last one's tile
    for (int64_t i = 0; i < s.channels + TILE; i++) {
        const int64_t c = i % s.channels;
        factor.push_back(weight[c] * inverse[c]), center.push_back(mean[c]);
        mean_dy.push_back(sums ? sums[c] / n : 0);
        slope.push_back(sums ? sums[s.channels + c] / n * inverse[c] * inverse[c] : 0);
    }
#pragma omp parallel for num_threads(s.threads) schedule(static)
    for (int64_t b = 0; b < s.steps * blocks; b++) {
        const int64_t t = b / blocks, first = b % blocks * block, last = std::min(first + block, s.size);
        for (int64_t i = first; i < last; i += TILE) {
            const int64_t end = std::min<int64_t>(TILE, last - i), c = i % s.channels;
            const real *const f = &factor[c], *const z = &center[c], *const m = &mean_dy[c], *const k = &slope[c];
            const real *const xt = x + t * s.x_stride + i, *const dyt = dy + t * s.size + i;
            real *const out = dx + t * s.size + i;
#pragma omp simd
            for (int64_t j = 0; j < end; j++) out[j] = f[j] * (dyt[j] - m[j] - (xt[j] - z[j]) * k[j]);
        }
    }
}
