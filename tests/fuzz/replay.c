/*
 * Runs one fuzz target over every file of a folder, and over every beginning of the
 * short ones: a text cut anywhere must be as harmless as a whole one. Each run gets
 * memory of its exact size, so that a sanitizer sees the first byte too far.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { FILE_MAX = 1024 * 1024, CUT_MAX = 2048 };

static void
run_exact(const char *bytes, size_t n)
{
    uint8_t *exact = malloc(n == 0 ? 1 : n);
    if (exact == NULL)
        abort();
    memcpy(exact, bytes, n);
    (void)LLVMFuzzerTestOneInput(exact, n);
    free(exact);
}

static void
run_file(const char *folder, const char *name)
{
    static char bytes[FILE_MAX];
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    size_t n = fread(bytes, 1, sizeof bytes, file);
    (void)fclose(file);
    run_exact(bytes, n);
    for (size_t cut = 0; cut < n && n <= CUT_MAX; cut++)
        run_exact(bytes, cut);
}

int
main(int argc, char **argv)
{
    size_t count = 0;
    DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
    if (dir == NULL) {
        (void)fprintf(stderr, "usage: replay FOLDER\n");
        return 2;
    }
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        run_file(argv[1], entry->d_name);
        count++;
    }
    (void)closedir(dir);
    (void)printf("%zu samples\n", count);
    return count == 0; /* nothing replayed is nothing tested */
}
