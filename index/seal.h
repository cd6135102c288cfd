/* SPDX-License-Identifier: Apache-2.0
 *
 * Seals moved to base when the frontier began to need them, too.
 */
#ifndef EM_INDEX_SEAL_H
#define EM_INDEX_SEAL_H

#include "base/seal.h"

#endif
