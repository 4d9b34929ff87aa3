/* Loops over channels, whose numbers are mostly a few. */
#ifndef IP_CHANNELS_H
#define IP_CHANNELS_H

/*
 * f(c, ...) for rows of c channels. Rows shorter than a few vectors are worth
 * a number that the compiler knows: these are the channels of small networks.
 */
#define FOR_CHANNELS(c, f, ...) \
	switch (c) { \
	case 12: \
		f(12, __VA_ARGS__); \
		break; \
	case 24: \
		f(24, __VA_ARGS__); \
		break; \
	case 48: \
		f(48, __VA_ARGS__); \
		break; \
	default: \
		f(c, __VA_ARGS__); \
	}

/* f(n, i, width) for n's columns i .. i + width, up to 'most' at a time; here
 * as well, numbers that the compiler knows where they are worth it. */
#define FOR_COLUMNS(n, f, most) \
	do { \
		size_t at_; \
\
		if ((n)->columns == 12) { \
			f(n, 0, 12); \
			break; \
		} \
		if ((n)->columns == 48) { \
			f(n, 0, 48); \
			break; \
		} \
		for (at_ = 0; at_ + (most) <= (n)->columns; at_ += (most)) \
			f(n, at_, most); \
		if (at_ < (n)->columns) \
			f(n, at_, (n)->columns - at_); \
	} while (0)

#endif
