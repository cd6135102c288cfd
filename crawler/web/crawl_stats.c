/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/web/crawl_stats.h"

const char *em_crawl_end_name(enum em_crawl_end end)
{
    static const char *const names[] = {"done", "asleep", "max-pages", "max-time",
                                        "stopped"};
    return (unsigned)end < sizeof(names) / sizeof(names[0]) ? names[end] : "unknown";
}
