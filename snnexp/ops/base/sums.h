// What neuron.cpp, with its macros, adds up of its neurons' potentials. LANES neurons lie side by side in a vector. The
// sums of a tile stay in registers through all steps: to add up a vector's lanes at the end of each is what costs.
#include <cstdint>
#include <cstring>

using real = REAL;
typedef real Vector __attribute__((vector_size(64)));

// number of spikes, (v_pre - s)^2, (phi(v_pre) - s)^2, v_pre, v_pre^2, number within the surrogate's window
constexpr int64_t SUMS = 6, LANES = sizeof(Vector) / sizeof(real);
using Totals = double[SUMS][LANES];

// Of one neuron (real) or of LANES of them (Vector).
template <class values> [[gnu::always_inline]] static inline values fires(values v_pre, values v_threshold) {
    const values zero = {}, one = zero + 1;
    return (STRICT ? v_pre > v_threshold : v_pre >= v_threshold) ? one : zero;
}

template <class values> struct Sums {
    values sums[SUMS] = {};
    // us: v_pre, ws: phi(v_pre), each of as many neurons as `values` holds
    [[gnu::always_inline]] void add(const real *us, const real *ws, real v_threshold, real half_width,
                                    bool is_measured) {
        values u, w;
        std::memcpy(&u, us, sizeof u);
        std::memcpy(&w, ws, sizeof w);
        const values zero = {}, one = zero + 1, threshold = zero + v_threshold, width = zero + half_width;
        const values s = fires(u, threshold), z = w - threshold;
        sums[0] += s;
        sums[1] += (u - s) * (u - s);
        if (RECTIFIED) sums[2] += (w - s) * (w - s);
        if (!is_measured) return;
        sums[3] += u;
        sums[4] += u * u;
        sums[5] += (z <= width) & (z >= -width) ? one : zero;
    }
    [[gnu::always_inline]] void add_to(Totals &totals) const {
        constexpr int64_t lanes = sizeof(values) / sizeof(real);
        real each[SUMS][lanes];
        std::memcpy(each, sums, sizeof each);
        for (int64_t i = 0; i < SUMS; i++)
            for (int64_t lane = 0; lane < lanes; lane++) totals[i][lane] += each[i][lane];
    }
};
