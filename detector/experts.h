/* SPDX-License-Identifier: Apache-2.0
 *
 * Experts: further weights of the dictionary's n-grams, each learned from all human text and
 * machine text of one group of kinds (answers of 2023, pages written by programs, prose of
 * 2026). One plane through all machine text has to find what they have in common; several
 * planes, of which the net hears all, tell each kind by what gives it away.
 */
#ifndef EM_DETECTOR_EXPERTS_H
#define EM_DETECTOR_EXPERTS_H

#include "base/status.h"
#include "detector/features.h"

enum { EM_EXPERTS_MAX = 3 };

/* What one expert says of a window: its logit, then by family the sum of its positive weights
 * and that of its negative ones. */
#define EM_EXPERT_EVIDENCE (1 + 2 * EM_FEATURE_FAMILIES)

/* The weights of a place stand together, so that one load brings all. */
enum { EM_EXPERT_LANES = 4 };
#define EM_EXPERT_BYTES ((size_t)EM_EXPERT_LANES << EM_FEATURE_BITS)

struct em_experts {
    uint32_t n;      /* 0: none */
    int8_t *weights; /* owned; EM_EXPERT_BYTES, or NULL */
    float scale[EM_EXPERTS_MAX], bias[EM_EXPERTS_MAX];
};

/* Offset of the first expert's weight of a place (features.h). */
static inline uint32_t em_expert_at(uint32_t place)
{
    return place >> 3 << 4 | (place & 3) << 2;
}

/* Room for the weights of `n` experts, zeroed. EM_ERR_LIMIT above EM_EXPERTS_MAX. */
EM_MUST_CHECK enum em_status em_experts_reserve(struct em_experts *experts, uint32_t n);
void em_experts_release(struct em_experts *experts);

/* For each lane, the sum of the weights of ids[0..n) and that of their sizes. */
struct em_expert_sums {
    int32_t sum[EM_EXPERT_LANES], size[EM_EXPERT_LANES];
};
void em_experts_weigh(const int8_t *weights, const uint32_t *ids, size_t n,
                      struct em_expert_sums *out);
/* The same without vectors. */
void em_experts_weigh_plain(const int8_t *weights, const uint32_t *ids, size_t n,
                            struct em_expert_sums *out);

/* "expert 2 positive word 1"; NULL after the last of EM_EXPERT_EVIDENCE. */
const char *em_expert_input_name(size_t expert, size_t evidence);

#endif
