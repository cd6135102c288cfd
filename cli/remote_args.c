/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/remote_args.h"

#include "base/alloc.h"
#include "base/limits.h"

static void tell_trouble(const char *name, const char *why, double patience)
{
    em_error("%s: %s; trying again for up to %.0f s (--patience)", name, why, patience);
}

enum em_status em_remote_args_pool(const struct em_remote_args *args,
                                   const atomic_int *stop, struct em_remote_pool **out,
                                   struct em_err *err)
{
    const struct em_remote_options options = {
        .rate_file = args->rate_file,
        .rate = args->rate,
        .backoff = args->backoff,
        .patience = args->patience,
        .jitter = args->jitter,
        .cache = args->cache,
        .cache_size = args->cache_size,
        .anonymous = args->anonymous,
        .header_file = args->header_file,
        .requester_pays = args->requester_pays,
        .s3_style = args->s3_style,
        .allow_private = args->allow_private,
        .stop = stop,
        .trouble = tell_trouble,
    };
    EM_TRY(em_remote_pool_new(out, &options, err));
    return args->base && em_remote_named(args->base)
               ? em_remote_pool_name(*out, args->base)
               : EM_OK;
}

enum em_status em_remote_args_rebase(const struct em_remote_args *args,
                                     struct em_inputs *inputs, size_t from)
{
    struct em_buf path;
    enum em_status status = EM_OK;
    em_buf_init(&path, EM_MAX_URL);
    struct em_view base = em_view_of(args->base);
    while (base.len && base.data[base.len - 1] == '/')
        base.len--;
    for (size_t i = from; base.len && i < inputs->n && status == EM_OK; i++) {
        char *name = inputs->paths[i];
        if (em_remote_named(name) || name[0] == '/')
            continue;
        em_buf_clear(&path);
        status = em_buf_printf(&path, "%.*s/%s", EM_VIEW_ARGS(base), name);
        if (status == EM_OK) {
            em_free(name);
            inputs->paths[i] = em_buf_take(&path, NULL);
            em_buf_init(&path, EM_MAX_URL);
        }
    }
    em_buf_release(&path);
    return status;
}

enum em_status em_remote_args_name(struct em_remote_pool *pool,
                                   const struct em_inputs *inputs, size_t from)
{
    for (size_t i = from; i < inputs->n; i++)
        if (em_remote_named(inputs->paths[i]))
            EM_TRY(em_remote_pool_name(pool, inputs->paths[i]));
    return EM_OK;
}

enum em_status em_remote_args_manifest(struct em_remote_pool *pool,
                                       struct em_inputs *inputs, const char *manifest,
                                       struct em_err *err)
{
    size_t from = inputs->n;
    bool remote = em_remote_named(manifest);
    if (remote)
        EM_TRY(em_remote_pool_name(pool, manifest));
    EM_TRY(em_inputs_add_manifest_from(inputs, manifest, pool, err));
    return remote ? EM_OK : em_remote_args_name(pool, inputs, from);
}

void em_remote_args_report(const struct em_remote_pool *pool)
{
    struct em_remote_counts c = em_remote_pool_counts(pool);
    if (c.requests)
        fprintf(stderr,
                "remote: %llu requests, %.1f MB, slowed down %llu times, %llu cuts or "
                "failures, %llu from the cache\n",
                (unsigned long long)c.requests, (double)c.bytes / 1e6,
                (unsigned long long)c.slowed, (unsigned long long)c.cuts,
                (unsigned long long)c.cached);
}
