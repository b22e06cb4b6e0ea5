/* Runs a fuzz target once for each file named, and on every 97th prefix of it. */
#include <stdint.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
main(int argc, char **argv)
{
    static uint8_t data[1 << 20];
    for (int i = 1; i < argc; i++) {
        FILE *file = fopen(argv[i], "re");
        if (file == NULL)
            return 1;
        size_t n = fread(data, 1, sizeof data, file);
        (void)fclose(file);
        for (size_t cut = n % 97; cut <= n; cut += 97)
            (void)LLVMFuzzerTestOneInput(data, cut);
    }
    return argc < 2;
}
