/* SPDX-License-Identifier: Apache-2.0
 *
 * Files that are mapped into memory and damaged: the system ends a process that touches a
 * page which the file no longer has (SIGBUS), and a database that trusts its pages may
 * follow a wrong one (SIGSEGV) or stop itself. A command catches that, says which file it
 * was, and ends as after any other failure. What is no mapped file's fault stays what it
 * is.
 */
#ifndef EM_BASE_FAULT_H
#define EM_BASE_FAULT_H

/* From now on such a fault ends the process with `exit_code`, after a message on standard
 * error. For commands; a library never calls it. */
void em_fault_catch(int exit_code);

/* A database found its file damaged and is about to abort: the same message and end where
 * em_fault_catch() was called, else it returns. */
void em_fault_damaged(const char *file, const char *what);

#endif
