/* SPDX-License-Identifier: Apache-2.0
 *
 * Options of commands that read remote inputs, and what they come to.
 */
#ifndef EM_CLI_REMOTE_ARGS_H
#define EM_CLI_REMOTE_ARGS_H

#include "cli/cli.h"
#include "crawler/archive/inputs.h"
#include "crawler/archive/remote.h"

struct em_remote_args {
    const char *base, *rate_file, *cache, *header_file, *s3_style;
    uint64_t cache_size;
    double rate, backoff, patience, jitter;
    bool anonymous, allow_private, requester_pays;
};

/* Rows of an option table. */
#define EM_REMOTE_OPTIONS(a)                                                             \
    {EM_OPT_STRING,                                                                      \
     0,                                                                                  \
     "base",                                                                             \
     &(a).base,                                                                          \
     "URL",                                                                              \
     "Put before names of --manifest that are not addresses: an address or a folder."},  \
        {EM_OPT_DOUBLE,                                                                  \
         0,                                                                              \
         "rate",                                                                         \
         &(a).rate,                                                                      \
         "N",                                                                            \
         "At most N requests a second to one server. Default 50; it begins with 10 and " \
         "halves whenever the server says that it is too much."},                        \
        {EM_OPT_STRING,                                                                  \
         0,                                                                              \
         "rate-file",                                                                    \
         &(a).rate_file,                                                                 \
         "FILE",                                                                         \
         "Share the rate with all processes of this machine that name the same FILE."},  \
        {EM_OPT_DOUBLE,                                                                  \
         0,                                                                              \
         "backoff",                                                                      \
         &(a).backoff,                                                                   \
         "SECONDS",                                                                      \
         "First wait when a server says \"slow down\" without saying how long. Default " \
         "1; doubled each time."},                                                       \
        {EM_OPT_DOUBLE,                                                                  \
         0,                                                                              \
         "patience",                                                                     \
         &(a).patience,                                                                  \
         "SECONDS",                                                                      \
         "Give a server up that has not answered for so long. Default 900."},            \
        {EM_OPT_DOUBLE,                                                                  \
         0,                                                                              \
         "start-jitter",                                                                 \
         &(a).jitter,                                                                    \
         "SECONDS",                                                                      \
         "Wait up to so long before the first request, so that the tasks of an array "   \
         "do "                                                                           \
         "not begin at once. Default 0."},                                               \
        {EM_OPT_STRING,                                                                  \
         0,                                                                              \
         "cache",                                                                        \
         &(a).cache,                                                                     \
         "DIR",                                                                          \
         "Keep whole remote inputs there; the server is asked each time whether they "   \
         "changed."},                                                                    \
        {EM_OPT_U64,   0,                                                                \
         "cache-size", &(a).cache_size,                                                  \
         "BYTES",      "What the cache may hold; the oldest go. Default 10G."},          \
        {EM_OPT_STRING,                                                                  \
         0,                                                                              \
         "header-file",                                                                  \
         &(a).header_file,                                                               \
         "FILE",                                                                         \
         "Send the lines of FILE (\"Authorization: Bearer ...\") to the first server "   \
         "that is asked, and to no other: redirects do not get them."},                  \
        {EM_OPT_FLAG,                                                                    \
         0,                                                                              \
         "requester-pays",                                                               \
         &(a).requester_pays,                                                            \
         NULL,                                                                           \
         "Agree to pay for requests to s3:// buckets that ask for it."},                 \
        {EM_OPT_STRING,                                                                  \
         0,                                                                              \
         "s3-style",                                                                     \
         &(a).s3_style,                                                                  \
         "path|virtual",                                                                 \
         "Where the bucket stands in an address: in the path (usual with an endpoint) "  \
         "or before the server's name."},                                                \
        {EM_OPT_FLAG,                                                                    \
         0,                                                                              \
         "allow-private",                                                                \
         &(a).allow_private,                                                             \
         NULL,                                                                           \
         "Follow redirects and lists to private, loopback and link-local addresses. "    \
         "Without this only the servers named on the command line may have one."},       \
    {                                                                                    \
        EM_OPT_FLAG, 0, "anonymous", &(a).anonymous, NULL,                               \
            "Do not sign requests for s3:// inputs, even with credentials at hand."      \
    }

/* The pool that all remote inputs of a command go through. */
EM_MUST_CHECK enum em_status em_remote_args_pool(const struct em_remote_args *args,
                                                 const atomic_int *stop,
                                                 struct em_remote_pool **out,
                                                 struct em_err *err);

/* Inputs from the `from`th on that are no addresses and not absolute get `base` in front. */
EM_MUST_CHECK enum em_status em_remote_args_rebase(const struct em_remote_args *args,
                                                   struct em_inputs *inputs, size_t from);

/* Lines of a manifest as inputs. Its own server, and those its lines name if it is a file
 * of this machine, are servers that the user has named; a remote list does not speak for
 * the user. */
EM_MUST_CHECK enum em_status em_remote_args_manifest(struct em_remote_pool *pool,
                                                     struct em_inputs *inputs,
                                                     const char *manifest,
                                                     struct em_err *err);
/* The user has named the servers of the inputs from the `from`th on. */
EM_MUST_CHECK enum em_status em_remote_args_name(struct em_remote_pool *pool,
                                                 const struct em_inputs *inputs,
                                                 size_t from);

/* A line on standard error of what was asked for, where anything was. */
void em_remote_args_report(const struct em_remote_pool *pool);

#endif
