/* SPDX-License-Identifier: Apache-2.0 */
#include "base/verdict.h"

const char *em_verdict_name(enum em_verdict_kind kind)
{
    switch (kind) {
    case EM_VERDICT_HUMAN:
        return "human";
    case EM_VERDICT_MACHINE:
        return "machine";
    case EM_VERDICT_UNSURE:
        return "unsure";
    case EM_VERDICT_ABSTAIN:
        return "abstain";
    }
    return "unknown";
}

const char *em_abstain_name(enum em_abstain abstain)
{
    switch (abstain) {
    case EM_ABSTAIN_NONE:
        return NULL;
    case EM_ABSTAIN_TOO_SHORT:
        return "too-short";
    case EM_ABSTAIN_LANGUAGE:
        return "language";
    case EM_ABSTAIN_NOT_PROSE:
        return "not-prose";
    }
    return "unknown";
}
