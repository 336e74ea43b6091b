#include "runtime/WeightCopies.h"
#include "runtime/cpu/ThreadPool.h"
#include "test/Runtime/ToySession.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>

using namespace v4test;
using namespace v4rt::cpu;

namespace {

/// As the system lists its nodes: node N has `lists[N]`.
std::string nodesFolder(const std::string &name, const std::vector<std::string> &lists) {
  std::string folder = scratchFolder(name);
  writeFile(folder + "/online", "0-" + std::to_string(lists.size() - 1) + "\n");
  for (size_t i = 0; i < lists.size(); ++i) {
    std::string node = folder + "/node" + std::to_string(i);
    mkdir(node.c_str(), 0700);
    writeFile(node + "/cpulist", lists[i] + "\n");
  }
  return folder;
}

std::vector<int> nodesOf(const Processors &processors) {
  std::vector<int> nodes;
  for (const Processor &processor : processors.all)
    nodes.push_back(processor.node);
  return nodes;
}

/// Splits the processors of this process over two nodes, as far as there are two.
class TwoNodes : public testing::Test {
protected:
  void SetUp() override {
    processors = Processors::available();
    std::string rest;
    for (size_t i = 1; i < processors.all.size(); ++i)
      rest += (i == 1 ? "" : ",") + std::to_string(processors.all[i].number);
    setenv("V4_NUMA_NODES",
           nodesFolder("two-nodes", {std::to_string(processors.all[0].number), rest}).c_str(), 1);
  }
  void TearDown() override { unsetenv("V4_NUMA_NODES"); }

  Processors processors;
};

} // namespace

TEST(Processors, ListsOfTheSystem) {
  EXPECT_EQ(parseCpuList("0-3,8\n"), (std::vector<int>{0, 1, 2, 3, 8}));
  EXPECT_EQ(parseCpuList("5"), std::vector<int>{5});
  for (const char *bad : {"", "\n", "x", "3-1", "0-", "1-x", "-1", "0-99999999999999999999", "1;2"})
    EXPECT_TRUE(parseCpuList(bad).size() <= 1) << bad;
  EXPECT_TRUE(parseCpuList("0-1000000").empty());
}

TEST(Processors, NodesThatThisProcessHasNoneOfAreLeftOut) {
  std::string folder = nodesFolder("nodes", {"0-1", "", "2-3", "4-5"});
  Processors found = Processors::read(folder, {0, 3, 4});
  EXPECT_EQ(found.nodes, (std::vector<int>{0, 2, 3}));
  EXPECT_EQ(nodesOf(found), (std::vector<int>{0, 1, 2}));
  found = Processors::read(folder, {2, 3});
  EXPECT_EQ(found.nodes, std::vector<int>{2});
  EXPECT_EQ(nodesOf(found), (std::vector<int>{0, 0}));
}

TEST(Processors, WithoutAListAllIsOneNode) {
  EXPECT_EQ(nodesOf(Processors::read("/nowhere", {3, 7})), (std::vector<int>{0, 0}));
  // One that no node has: the list is not to be trusted.
  EXPECT_EQ(nodesOf(Processors::read(nodesFolder("partial", {"0", "1"}), {0, 1, 2})),
            (std::vector<int>{0, 0, 0}));
}

TEST_F(TwoNodes, PinnedWorkersStayOnTheirProcessor) {
  unsigned count = unsigned(processors.all.size());
  ThreadPool pool;
  ASSERT_TRUE(pool.startPinned(count).ok());
  static std::atomic<int64_t> wrong, done;
  wrong = done = 0;
  static int first;
  first = processors.all[0].number;
  static pthread_t caller;
  caller = pthread_self();
  // Workers are on node 1, one processor each; the caller may be anywhere.
  auto look = [](const v4rt::KernelArgs *args, int64_t begin, int64_t end) {
    done += end - begin;
    if (pthread_equal(pthread_self(), caller))
      return;
    cpu_set_t set;
    sched_getaffinity(0, sizeof(set), &set);
    wrong += CPU_COUNT(&set) != 1 || CPU_ISSET(first, &set) || args->rows != 1;
  };
  std::vector<v4rt::KernelArgs> args = {{nullptr, 0, {1000, 1, 1}}, {nullptr, 1, {1000, 1, 1}}};
  pool.runByNode(look, args.data(), 1000);
  EXPECT_EQ(done, 1000);
  EXPECT_EQ(wrong, 0);

  ThreadPool tooMany;
  EXPECT_EQ(tooMany.startPinned(count + 1).text(), std::to_string(count + 1) +
                                                       " threads cannot be pinned to " +
                                                       std::to_string(count) + " processors, one to each");
}

TEST_F(TwoNodes, SameBitsWhereverWeightsAreAndThreadsRun) {
  v4::Model model(toyArtifact("placement"));
  std::vector<int> tokens = toyTokens(37);
  auto wanted = expectedRows(tokens);
  for (v4_weights_place place : {V4_WEIGHTS_MAPPED, V4_WEIGHTS_COPIED, V4_WEIGHTS_PER_NODE})
    for (int32_t pinned : {0, 1})
      for (int chunk : {1, 5}) {
        v4_session_options options = {};
        options.weights = place;
        options.pin_threads = pinned;
        v4::Session session(model, options);
        EXPECT_EQ(run(session, 0, tokens, chunk), wanted) << place << " " << pinned << " " << chunk;
      }
}

TEST_F(TwoNodes, EachNodeHasItsCopy) {
  std::vector<uint8_t> bytes(10000, 7);
  v4rt::Bytes weights{bytes.data(), bytes.size()};
  v4rt::WeightCopies copied, perNode;
  void *file = mmap(nullptr, bytes.size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(file, MAP_FAILED);
  memcpy(file, bytes.data(), bytes.size());
  weights.data = static_cast<uint8_t *>(file);
  ASSERT_TRUE(copied.make(weights, V4_WEIGHTS_COPIED).ok());
  ASSERT_TRUE(perNode.make(weights, V4_WEIGHTS_PER_NODE).ok());
  EXPECT_EQ(copied.addresses().size(), 1u);
  EXPECT_EQ(perNode.addresses().size(), std::min<size_t>(2, processors.all.size()));
  for (const auto *copies : {&copied, &perNode})
    for (const uint8_t *copy : copies->addresses()) {
      EXPECT_NE(copy, weights.data);
      EXPECT_EQ(memcmp(copy, bytes.data(), bytes.size()), 0);
    }
  munmap(file, bytes.size());
  v4rt::Status status = perNode.make({bytes.data(), uint64_t(1) << 60}, V4_WEIGHTS_COPIED);
  EXPECT_EQ(status.code(), V4_OUT_OF_MEMORY);
  EXPECT_EQ(status.text().find("no memory for copies of the weights: 1 of 1152921504606846976 bytes, "), 0u)
      << status.text();
}

TEST(Placement, IsOfTheDeviceCpu) {
  v4::Model model(toyArtifact("placement-sim", gpuToyManifest()));
  v4_session_options options = {};
  options.device = "sim";
  options.pin_threads = 1;
  EXPECT_STREQ(failureOf([&] { v4::Session session(model, options); }).what(),
               "only on the device cpu can threads be pinned and weights be copied");
  v4::Model host(toyArtifact("placement-cpu"));
  options = {};
  options.weights = v4_weights_place(3);
  EXPECT_STREQ(failureOf([&] { v4::Session session(host, options); }).what(),
               "the place of the weights is 3, wanted 0, 1 or 2");
}
