/*
 * What the ledger costs: the server as it is, linked so that nothing is recorded (goal G2).
 *
 * The linker puts these two in the place of the real ones (bench/meson.build). There is no such switch in the
 * product, and this program is made by `make bench` alone and never installed.
 */
#include "cli/cli.h"
#include "deeds/deed_priv.h"

#include <stdio.h>

bool __wrap_deed_record(struct deed *deed, const struct note *note, struct err *err);
bool
__wrap_deed_record(struct deed *deed, const struct note *note, struct err *err)
{
    (void)deed;
    (void)note;
    (void)err;
    return true;
}

int
main(int argc, char **argv)
{
    (void)fprintf(stderr, "this is not troth: it records nothing, and is for measuring only\n");
    return cli_main(argc, argv);
}
