/* ---- sums ---- */

/* A sum and what its roundings left out: twice the digits of real. */
struct sum { real high, low; };

/* D. E. Knuth's sum of two, whose rounding is known exactly. */
static struct sum plus(struct sum a, real x)
{
	struct sum b;
	real part;

	b.high = a.high + x;
	part = b.high - a.high;
	b.low = a.low + ((a.high - (b.high - part)) + (x - part));
	return b;
}

/*
 * The sum over lanes 0 .. lanes-1, in each of them. Those that are added up
 * are 'step' items apart. room has two numbers an item. All items of the work
 * group have to come here; those of no lane get nothing of use.
 */
static struct sum over_lanes(__local real *room, uint lane, uint lanes,
	uint step, struct sum own)
{
	uint item = get_local_id(0), items = get_local_size(0), n, rest;
	struct sum s;

	room[item] = own.high;
	room[items + item] = own.low;
	barrier(CLK_LOCAL_MEM_FENCE);
	for (n = lanes; n > 1; n = rest) {
		rest = (n + 1) / 2;
		if (lane < n / 2) {
			uint other = item + rest * step;

			s.high = room[item];
			s.low = room[items + item] + room[items + other];
			s = plus(s, room[other]);
			room[item] = s.high;
			room[items + item] = s.low;
		}
		barrier(CLK_LOCAL_MEM_FENCE);
	}
	n = lane < lanes ? item - lane * step : 0;
	s.high = room[n];
	s.low = room[items + n];
	barrier(CLK_LOCAL_MEM_FENCE);
	return s;
}

static real total(struct sum s)
{
	return s.high + s.low;
}

/* ---- cuts: see struct ip_cl_cut ---- */

#define CUT uint pixels, uint c, uint width, uint lanes, uint block
#define CUT_PLACE place(pixels, c, width, lanes, block)

/* What an item does: one channel of every lanes-th pixel. */
struct place {
	uint lane, channel;
	uint picture, unit;	/* unit: its block, of all pictures' */
	uint count;		/* pixels of the block */
	uint rows;		/* pixels of the item, 0 if it has no channel */
	int first;		/* whether it speaks for its channel */
	ulong pixel;		/* its first, of all pictures' */
};

static struct place place(CUT)
{
	uint item = get_local_id(0), from;
	uint blocks = max((pixels + block - 1) / block, 1u);
	struct place p;

	p.lane = item / width;
	p.channel = get_group_id(1) * width + item % width;
	p.unit = get_group_id(0);
	p.picture = p.unit / blocks;
	from = p.unit % blocks * block;
	p.count = min(block, pixels - from);
	p.rows = p.lane < lanes && p.channel < c && p.lane < p.count ?
		(p.count - p.lane + lanes - 1) / lanes : 0;
	p.first = p.lane == 0 && p.channel < c;
	p.pixel = (ulong)p.picture * pixels + from + p.lane;
	return p;
}
