/* Inference in double precision: the same tests. */
#include "../t_infer.c"
