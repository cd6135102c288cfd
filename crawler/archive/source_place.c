/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/parquet.h"
#include "crawler/archive/reader.h"

/* The input that is not inside another container. */
const struct em_input *em_source_outermost(const struct em_source *source)
{
    const struct em_input *in = &source->stream.in;
    while (in->inner)
        in = &in->inner->in;
    return in;
}

uint64_t em_source_position(const struct em_source *source)
{
    if (source->parquet)
        return em_parquet_position(source->parquet);
    return em_source_outermost(source)->offset;
}

uint64_t em_source_size(const struct em_source *source)
{
    if (source->parquet)
        return em_parquet_size(source->parquet);
    return em_source_outermost(source)->size;
}
