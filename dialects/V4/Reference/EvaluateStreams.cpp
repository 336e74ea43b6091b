#include "dialects/V4/Reference/EvaluateOps.h"

namespace mlir::v4::reference {

Evaluated evaluate(HcExpandOp op, const Frame &frame) {
  return results(hcExpand(frame.tensor(op.getInput()), resultDim(op, 1)));
}

Evaluated evaluate(HcPreOp op, const Frame &frame) {
  HcMapping mapping =
      hcPre(frame.tensor(op.getStreams()), frame.tensor(op.getFn()), frame.tensor(op.getBase()),
            frame.tensor(op.getScale()), op.getIters(), real(op.getEps()), real(op.getNormEps()),
            /*isProjected=*/!isa<WeightType>(op.getFn().getType()));
  return results(std::move(mapping.collapsed), std::move(mapping.pre), std::move(mapping.post),
                 std::move(mapping.comb));
}

Evaluated evaluate(HcPostOp op, const Frame &frame) {
  return results(hcPost(frame.tensor(op.getOutput()), frame.tensor(op.getStreams()),
                        frame.tensor(op.getPost()), frame.tensor(op.getComb()), isBF16(op, "mhc")));
}

Evaluated evaluate(HcHeadOp op, const Frame &frame) {
  return results(hcHead(frame.tensor(op.getStreams()), frame.tensor(op.getFn()), frame.tensor(op.getBase()),
                        frame.tensor(op.getScale()), real(op.getEps()), real(op.getNormEps())));
}

} // namespace mlir::v4::reference
