/* How pixels are shared out: see struct ip_cl_cut. */
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

/* Both sums of parts [pixels][2][c], which the cut takes for pixels. */
static void sum_parts(__global const real *parts, struct place p, uint c,
	uint width, uint lanes, __local float2 *room, real *one, real *two)
{
	__global const real *from = parts + p.pixel * 2 * c + p.channel;
	size_t step = 2 * (size_t)lanes * c;
	float2 a = 0, b = 0;

	for (uint r = 0; r < p.rows; r++, from += step) {
		a = add(a, from[0]);
		b = add(b, from[c]);
	}
	*one = total(over_lanes(room, p.lane, lanes, width, a));
	*two = total(over_lanes(room, p.lane, lanes, width, b));
}
