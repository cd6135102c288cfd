/* SPDX-License-Identifier: Apache-2.0
 *
 * Packing moved to base when the frontier began to need it, too.
 */
#ifndef EM_INDEX_PACK_H
#define EM_INDEX_PACK_H

#include "base/pack.h"

#endif
