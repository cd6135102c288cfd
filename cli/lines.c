/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/lines.h"

#include "base/buf.h"
#include "base/limits.h"
#include "cli/cli.h"

#include <errno.h>
#include <string.h>

int em_lines_run(const char *path, em_line_fn answer, void *context)
{
    FILE *in = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    if (!in) {
        em_error("cannot open '%s': %s", path, strerror(errno));
        return EM_EXIT_FAILED;
    }
    struct em_buf line;
    enum em_status status;
    em_buf_init(&line, EM_MAX_LINE);
    while ((status = em_line_read(in, &line)) == EM_OK)
        if (em_view_trim(em_buf_view(&line)).len &&
            (status = answer(context, em_buf_view(&line), stdout)) < 0)
            break;
    em_buf_release(&line);
    if (in != stdin)
        fclose(in);
    if (status >= 0)
        return EM_EXIT_OK;
    em_error("%s: %s", path, em_status_text(status));
    return EM_EXIT_FAILED;
}
