/* SPDX-License-Identifier: Apache-2.0
 *
 * What the program runs on and what it may use there.
 */
#ifndef EM_BASE_MACHINE_H
#define EM_BASE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#define EM_MACHINE_NO_LIMIT UINT64_MAX

struct em_machine {
    unsigned processors; /* that this process may run on */
    uint64_t memory;     /* bytes of the machine; 0 where that cannot be read */
    uint64_t
        memory_limit; /* bytes that this process may use (control group, ulimit -v) */
    uint64_t open_files, open_files_most; /* soft and hard limit of descriptors */
    uint64_t file_size;                   /* bytes of the largest file (ulimit -f) */
    uint64_t disk_free; /* bytes in `folder` for this user; 0 where that cannot be read */
};

/* Processors that this process may run on, at least 1 and no more than `most`: the usual
 * number of worker threads. */
unsigned em_machine_processors(unsigned most);

void em_machine_read(struct em_machine *machine, const char *folder);

/* Calls with the path of every shared library that is loaded, in the loader's order. */
typedef void em_machine_library(void *context, const char *path);
void em_machine_libraries(em_machine_library *see, void *context);

#endif
