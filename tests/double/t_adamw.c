/* adamw in double precision: the same tests, tighter. */
#include "../t_adamw.c"
