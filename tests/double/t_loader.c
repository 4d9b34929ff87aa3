/* The loader of the double build: its batches are float64. */
#include "../t_loader.c"
