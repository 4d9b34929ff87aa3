/* In front of every program. A buffer is a pointer and where it begins. */
#define BUF(name) __global real *name##_all, ulong name##_at
#define IN(name) __global const real *name##_all, ulong name##_at
#define AT(name) (name##_all + name##_at)
