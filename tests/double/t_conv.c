/* conv in double precision: the same tests, tighter. */
#include "../t_conv.c"
