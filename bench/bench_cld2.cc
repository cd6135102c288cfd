/* SPDX-License-Identifier: Apache-2.0
 *
 * Speed of CLD2 on the whole of each document, for bench/detector.sh: bench_cld2 FILE
 * [ROUNDS] [BYTES]. Documents are pieces of BYTES bytes (5000), as bench_detector has them;
 * CPU time of one thread, best of ROUNDS (5).
 */
extern "C" {
#include "base/clock.h"
}

#include <cstdio>
#include <cstdlib>
#include <string>

#include <cld2/public/compact_lang_det.h>

static bool read_file(const char *path, std::string &out)
{
    static char block[65536];
    std::FILE *in = std::fopen(path, "rb");
    std::size_t n;
    if (!in)
        return false;
    while ((n = std::fread(block, 1, sizeof(block), in)) > 0)
        out.append(block, n);
    std::fclose(in);
    return !out.empty();
}

int main(int argc, char **argv)
{
    std::string text;
    long rounds = argc > 2 ? std::strtol(argv[2], nullptr, 10) : 5;
    std::size_t each = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 5000, english = 0;
    if (argc < 2 || rounds < 1 || each == 0 || !read_file(argv[1], text)) {
        std::fprintf(stderr, "usage: bench_cld2 FILE [ROUNDS] [BYTES]\n");
        return 129;
    }
    double best = 1e9;
    for (long r = 0; r < rounds; r++) {
        double start = em_clock_thread_cpu();
        english = 0;
        for (std::size_t at = 0; at < text.size(); at += each) {
            std::size_t n = text.size() - at < each ? text.size() - at : each;
            bool reliable;
            english += CLD2::DetectLanguage(text.data() + at, static_cast<int>(n), true,
                                            &reliable) == CLD2::ENGLISH;
        }
        double seconds = em_clock_thread_cpu() - start;
        best = seconds < best ? seconds : best;
    }
    double bytes = static_cast<double>(text.size());
    std::printf("%-20s %8.1f MB/s %6.2f ns a byte (%zu English)\n", "CLD2, whole text",
                bytes / 1e6 / best, best * 1e9 / bytes, english);
    return 0;
}
