/* SPDX-License-Identifier: Apache-2.0
 *
 * What tools/mutate links into its library, which is compiled with -finstrument-functions: a
 * byte of a mapped file for each place a function begins at. Processes that are killed leave
 * their file as well, and so do children that only _exit().
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* Functions begin at multiples of 16; 64 MB of code are more than there is. */
enum { GRAIN = 16, PLACES = (64 << 20) / GRAIN };

extern const char __ehdr_start[] __attribute__((visibility("hidden")));
static unsigned char *volatile places;

void __cyg_profile_func_enter(void *function, void *site);
void __cyg_profile_func_exit(void *function, void *site);

__attribute__((constructor, no_instrument_function)) static void reach_open(void)
{
    char path[4096];
    struct rlimit most;
    const char *dir = getenv("MUTATE_REACH");
    /* Tests of full disks limit the size of files. */
    if (!dir || (getrlimit(RLIMIT_FSIZE, &most) == 0 && most.rlim_cur < PLACES))
        return;
    snprintf(path, sizeof(path), "%s/%ld", dir, (long)getpid());
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, PLACES) != 0)
        return;
    void *map = mmap(NULL, PLACES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map != MAP_FAILED)
        places = map;
}

__attribute__((no_instrument_function)) void __cyg_profile_func_enter(void *function,
                                                                      void *site)
{
    (void)site;
    uintptr_t at = ((uintptr_t)function - (uintptr_t)__ehdr_start) / GRAIN;
    if (places && at < PLACES)
        places[at] = 1;
}

__attribute__((no_instrument_function)) void __cyg_profile_func_exit(void *function,
                                                                     void *site)
{
    (void)function;
    (void)site;
}
