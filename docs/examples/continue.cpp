// Continues token ids with the likeliest each time: continue-cpp MODEL.v4 COUNT ID...
#include <v4.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

int main(int argc, char **argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: %s MODEL.v4 COUNT ID...\n", argv[0]);
    return 2;
  }
  try {
    v4::Model model(argv[1]);
    v4::Session session(model);
    std::vector<v4_token> step;
    for (int i = 3; i < argc; ++i)
      step.push_back({0, i - 3, std::atoi(argv[i]), i + 1 == argc});
    for (int left = std::atoi(argv[2]); left > 0; --left) {
      session.step(step);
      const float *logits = session.logits().rows;
      auto best = std::max_element(logits, logits + model.info().vocab_size) - logits;
      std::printf("%d\n", static_cast<int>(best));
      step = {{0, static_cast<int32_t>(session.length(0)), static_cast<int32_t>(best), 1}};
    }
  } catch (const v4::Error &error) {
    std::fprintf(stderr, "%s: %s\n", v4_status_text(error.status), error.what());
    return 1;
  }
}
