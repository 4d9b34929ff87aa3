/* iphase: the whole public interface. See iphase(3). */
#ifndef IPHASE_H
#define IPHASE_H

#include <iphase/status.h>
#include <iphase/log.h>
#include <iphase/threads.h>
#include <iphase/random.h>
#include <iphase/real.h>
#include <iphase/tensor.h>
#include <iphase/bundle.h>
#include <iphase/ipt.h>
#include <iphase/structure.h>
#include <iphase/invent.h>
#include <iphase/formats.h>
#include <iphase/op_types.h>
#include <iphase/ops.h>
#include <iphase/backend.h>
#include <iphase/em.h>
#include <iphase/bonding.h>
#include <iphase/specimen.h>
#include <iphase/simulate.h>
#include <iphase/repeat.h>
#include <iphase/disorder.h>
#include <iphase/idpc.h>
#include <iphase/prepare.h>
#include <iphase/network.h>
#include <iphase/model.h>
#include <iphase/infer.h>
#include <iphase/measured.h>
#include <iphase/metrics.h>
#include <iphase/train.h>
#include <iphase/consistency.h>
#include <iphase/dataset.h>
#include <iphase/plan.h>
#include <iphase/training.h>

#endif
