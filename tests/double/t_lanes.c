/* The hot loops in double precision: the same tests, tighter. */
#include "../t_lanes.c"
