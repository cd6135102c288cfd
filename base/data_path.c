/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* dladdr */
#include "base/data_path.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool path_is_readable(struct em_buf *out, const char *folder, const char *middle,
                             const char *name)
{
    em_buf_clear(out);
    return em_buf_printf(out, "%s%s/%s", folder, middle, name) == EM_OK &&
           access(out->data, R_OK) == 0;
}

static bool path_find_beside(struct em_buf *out, char *file, const char *name)
{
    static const char *const middles[] = {
        "/../configs", "/../../configs", "/../share/echometer", "/../../share/echometer"};
    char *slash = strrchr(file, '/');
    if (!slash)
        return false;
    *slash = '\0';
    for (size_t i = 0; i < sizeof(middles) / sizeof(middles[0]); i++)
        if (path_is_readable(out, file, middles[i], name))
            return true;
    return false;
}

bool em_data_path(const char *name, struct em_buf *out)
{
    static const char here; /* an address inside the file that holds this code */
    const char *env = getenv("ECHOMETER_DATA");
    if (env && *env)
        return path_is_readable(out, env, "", name);
    char file[4096] = "";
    Dl_info info;
    if (dladdr(&here, &info) != 0 && info.dli_fname && strchr(info.dli_fname, '/') &&
        strlen(info.dli_fname) < sizeof(file)) {
        memcpy(file, info.dli_fname, strlen(info.dli_fname) + 1);
        if (path_find_beside(out, file, name))
            return true;
    }
    ssize_t n = readlink("/proc/self/exe", file, sizeof(file) - 1);
    file[n > 0 ? n : 0] = '\0';
    return path_find_beside(out, file, name) ||
           path_is_readable(out, "/usr/local/share/echometer", "", name) ||
           path_is_readable(out, "/usr/share/echometer", "", name);
}
