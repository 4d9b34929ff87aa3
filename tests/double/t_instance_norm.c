/* instance_norm in double precision: the same tests, tighter. */
#include "../t_instance_norm.c"
