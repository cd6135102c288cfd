/* SPDX-License-Identifier: Apache-2.0
 *
 * The models that come with the program.
 */
#ifndef EM_DETECTOR_SHIPPED_H
#define EM_DETECTOR_SHIPPED_H

#include "base/status.h"

#include <stdbool.h>

struct em_model;

/* The model in the file `named` alone, or (NULL) the shipped English one, which takes along
 * those of other languages where `all`. `subject` is the command, for errors. Free with
 * em_model_free(). */
EM_MUST_CHECK enum em_status em_models_load(const char *subject, const char *named,
                                            bool all, struct em_model **out,
                                            struct em_err *err);

#endif
