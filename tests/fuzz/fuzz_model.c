/* SPDX-License-Identifier: Apache-2.0
 *
 * em_model_load_memory(): any bytes are a model or an error, and what loads can be saved and
 * gives the same bytes. The checksum is made right first, so that what lies after it is
 * reached; the input's weights and tags are stretched to their full length, so that inputs
 * stay small. corpus/model/small has all sections and little in them.
 */
#include "base/hash.h"
#include "base/limits.h"
#include "tests/unit/small_model.h"

#include <stdlib.h>

enum { HEADER = 16, ENTRY = 8, SECTIONS_MAX = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t u32(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;
    return u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 | (uint32_t)u[3] << 24;
}

/* Copy `data`, each section that claims more than is left filled up with zeros. */
static enum em_status stretch(struct em_buf *out, const char *data, size_t size)
{
    if (size < HEADER)
        return em_buf_append(out, data, size);
    uint32_t sections = u32(data + 12);
    size_t head = HEADER + ENTRY * (size_t)(sections < SECTIONS_MAX ? sections : 0);
    if (head > size)
        head = size;
    EM_TRY(em_buf_append(out, data, head));
    size_t at = head;
    for (size_t i = HEADER; i + ENTRY <= head; i += ENTRY) {
        size_t want = u32(data + i + 4), have = size - at;
        if (want > 4 * EM_MIB)
            return EM_OK;
        size_t copy = want < have ? want : have;
        if (want > (size_t)1 << 19)
            copy = copy < 64 ? copy : 64;
        EM_TRY(em_buf_append(out, data + at, copy));
        EM_TRY(em_buf_reserve(out, want - copy));
        memset(out->data + out->len, 0, want - copy);
        out->len += want - copy;
        at += copy;
    }
    return em_buf_append(out, data + at, size - at < 64 ? size - at : 64);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct em_buf bytes, again;
    struct em_model *model;
    struct em_err err = {0};
    em_buf_init(&bytes, EM_MAX_MODEL);
    em_buf_init(&again, EM_MAX_MODEL);
    if (stretch(&bytes, (const char *)data, size) == EM_OK) {
        uint64_t sum = em_hash64(bytes.data, bytes.len, 0);
        char seal[8];
        for (size_t i = 0; i < 8; i++)
            seal[i] = (char)(sum >> (8 * i));
        if (em_buf_append(&bytes, seal, 8) == EM_OK &&
            em_model_load_memory(&model, em_buf_view(&bytes), &err) == EM_OK) {
            /* An older file is written in today's format, which has more sections. */
            bool today = u32(bytes.data + 8) == EM_MODEL_FORMAT;
            if (em_model_save(model, &again, &err) != EM_OK ||
                (today && again.len != bytes.len))
                abort();
            em_model_free(model);
        }
    }
    em_buf_release(&bytes);
    em_buf_release(&again);
    return 0;
}
