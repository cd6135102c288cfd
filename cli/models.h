/* SPDX-License-Identifier: Apache-2.0
 *
 * Models that a command writes.
 */
#ifndef EM_CLI_MODELS_H
#define EM_CLI_MODELS_H

#include "base/status.h"
#include "detector/shipped.h"

#include <stdbool.h>

struct em_model;

/* EM_EXIT_OK where the model has, or can make, a threshold for the rate (0: its own), else
 * the code for a wrong use, with a message that says which rates it can tell. */
struct em_command;
int em_models_check_rate(const struct em_command *command, const struct em_model *model,
                         double fpr);

/* Write the model's file; `path` as for em_output_open(). */
EM_MUST_CHECK enum em_status em_models_save(const char *subject,
                                            const struct em_model *model,
                                            const char *path, struct em_err *err);

/* The model's provenance becomes an account of what was done to it: the object `what`, whose
 * members `write` puts, and as text the account it had before (where that is short enough).
 * EM_ERR_NOMEM, EM_ERR_LIMIT. */
struct em_json;
typedef void em_models_write(struct em_json *json, const void *context);
EM_MUST_CHECK enum em_status em_models_account(struct em_model *model, const char *what,
                                               em_models_write *write,
                                               const void *context);

/* A model that was changed gets another name (NULL: the old one with "-own"). */
void em_models_rename(struct em_model *model, const char *name);

#endif
