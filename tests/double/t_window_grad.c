/* Gradients of windows in double precision: the same, tighter. */
#include "../t_window_grad.c"
