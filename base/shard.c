/* SPDX-License-Identifier: Apache-2.0 */
#include "base/shard.h"

#include "base/view.h"

static const char *const state_names[EM_SHARD_STATES] = {
    "waiting", "running", "lost", "failed", "interrupted", "done"};

const char *em_shard_state_name(enum em_shard_state state)
{
    return state_names[state];
}

bool em_shard_state_find(struct em_view name, enum em_shard_state *state)
{
    for (int i = 0; i < EM_SHARD_STATES; i++)
        if (em_view_eq(name, em_view_of(state_names[i]))) {
            *state = (enum em_shard_state)i;
            return true;
        }
    return false;
}

bool em_shard_states_parse(const char *text, unsigned *bits)
{
    struct em_view v = em_view_of(text);
    *bits = 0;
    while (v.len) {
        enum em_shard_state state;
        size_t comma = em_view_find(v, 0, EM_VIEW(","));
        if (!em_shard_state_find(em_view_sub(v, 0, comma), &state))
            return false;
        *bits |= 1u << state;
        v = em_view_sub(v, comma + 1, v.len);
    }
    return *bits != 0;
}
