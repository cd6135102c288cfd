/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* dl_iterate_phdr, sched_getaffinity */
#include "base/machine.h"

#include <link.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* With _GNU_SOURCE the resources are an enum of the C library. */
static uint64_t limit_of(__rlimit_resource_t resource, bool hard)
{
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0)
        return EM_MACHINE_NO_LIMIT;
    rlim_t value = hard ? limit.rlim_max : limit.rlim_cur;
    return value == RLIM_INFINITY ? EM_MACHINE_NO_LIMIT : (uint64_t)value;
}

/* Version 2 of control groups as seen from inside a container, then version 1. */
static uint64_t limit_of_group(void)
{
    static const char *const files[] = {"/sys/fs/cgroup/memory.max",
                                        "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        unsigned long long bytes;
        FILE *in = fopen(files[i], "r");
        if (!in)
            continue;
        int n = fscanf(in, "%llu", &bytes);
        fclose(in);
        /* Version 1 writes a number near 2^63 where there is no limit. */
        if (n == 1 && bytes < UINT64_C(1) << 62)
            return bytes;
    }
    return EM_MACHINE_NO_LIMIT;
}

unsigned em_machine_processors(unsigned most)
{
    cpu_set_t set;
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
        n = CPU_COUNT(&set);
    if (n < 1)
        return 1;
    return n < (long)most ? (unsigned)n : most;
}

void em_machine_read(struct em_machine *machine, const char *folder)
{
    struct statvfs disk;
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    uint64_t group = limit_of_group(), space = limit_of(RLIMIT_AS, false);
    *machine = (struct em_machine){
        .processors = em_machine_processors(UINT32_MAX),
        .memory = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : 0,
        .memory_limit = group < space ? group : space,
        .open_files = limit_of(RLIMIT_NOFILE, false),
        .open_files_most = limit_of(RLIMIT_NOFILE, true),
        .file_size = limit_of(RLIMIT_FSIZE, false),
    };
    if (statvfs(folder, &disk) == 0)
        machine->disk_free = (uint64_t)disk.f_bavail * (uint64_t)disk.f_frsize;
}

struct library_walk {
    em_machine_library *see;
    void *context;
};

static int library_seen(struct dl_phdr_info *info, size_t size, void *context)
{
    struct library_walk *walk = context;
    (void)size;
    /* The program itself has no name; the kernel's page has one without a slash. */
    if (info->dlpi_name && strchr(info->dlpi_name, '/'))
        walk->see(walk->context, info->dlpi_name);
    return 0;
}

void em_machine_libraries(em_machine_library *see, void *context)
{
    struct library_walk walk = {see, context};
    dl_iterate_phdr(library_seen, &walk);
}
