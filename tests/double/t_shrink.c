/* shrink in double precision: the same tests, tighter. */
#include "../t_shrink.c"
