/* SPDX-License-Identifier: Apache-2.0 */
#include "base/drop.h"

static const struct {
    const char *name, *meaning;
} drops[] = {
#define X(name, text, meaning) {text, meaning},
    EM_DROP_LIST(X)
#undef X
};

const char *em_drop_name(enum em_drop drop)
{
    return (unsigned)drop < EM_DROP_COUNT ? drops[drop].name : "unknown";
}

const char *em_drop_meaning(enum em_drop drop)
{
    return (unsigned)drop < EM_DROP_COUNT ? drops[drop].meaning : "unknown";
}
