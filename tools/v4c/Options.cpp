#include "tools/v4c/Options.h"

#include "runtime/cpu/ThreadPool.h"

#include <boost/program_options.hpp>

#include <sstream>

namespace v4c {

namespace po = boost::program_options;

namespace {

po::options_description visibleOptions(Options &o) {
  po::options_description visible("Options", /*line_length=*/100, /*min_description_length=*/60);
  auto text = [](std::string *value, const char *name) { return po::value(value)->value_name(name); };
  auto number = [](int64_t *value) { return po::value(value)->value_name("N"); };
  visible.add_options()                                     //
      ("output,o", text(&o.output, "OUT"), "file to write") //
      ("target", text(&o.target, "NAME"),
       "what to compile for: cpu (default), sm_80, sm_90a, sm_100a, sm_120") //
      ("numerics", text(&o.numerics, "NAME"),
       "reference: the published roundings (default); hf: float32 throughout, nothing rounded on the way") //
      ("set", po::value(&o.numericsOptions)->value_name("OPTION=VALUE"),
       "one option of the numerics, e.g. kv_quant=none; may be given several times")                       //
      ("max-context", number(&o.maxContext), "positions of a sequence (default: the model's, up to 8192)") //
      ("max-step-tokens", number(&o.maxStepTokens), "tokens of the largest step (default: 128)")           //
      ("no-weights", po::bool_switch(&o.noWeights), "leave the weights out; config.json alone will do")    //
      ("tokenizer", text(&o.tokenizer, "FILE"), "a tokenizer.json instead of the checkpoint's")            //
      ("weights-beside", po::bool_switch(&o.weightsBeside),
       "write the weights to OUT.weights, which OUT names")                                            //
      ("restart", po::bool_switch(&o.restart), "drop the weights that an interrupted run left packed") //
      ("compile-to", text(&o.compileTo, "PHASE"),
       "stop after import, specialise, fuse, layout, tile, plan (OUT is MLIR), codegen (OUT is ELF) or "
       "pack")                                                                         //
      ("dump-phases", text(&o.dumpPhases, "DIR"), "write the module after each phase") //
      ("dump-kernels", text(&o.dumpKernels, "DIR"),
       "write each kernel's MLIR, LLVM IR and assembly; for a GPU also its Triton IR, PTX, cubin and SASS") //
      ("kernel-override", text(&o.kernelOverride, "DIR"),
       "take the kernels with a NAME.json and NAME.cubin or .ptx in DIR from there (GPUs)") //
      ("simulated-only", po::bool_switch(&o.simulatedOnly),
       "leave the GPU's code out: the artifact runs on the simulated device alone")                   //
      ("schedules", text(&o.schedules, "TABLE"), "take tile sizes from this table where it has them") //
      ("tune", po::bool_switch(&o.tune),
       "time schedules on this machine's device and write a table of the best to OUT (default: "
       "schedules.json)") //
      ("tune-budget", number(&o.tuneBudget),
       "seconds after which --tune tries nothing more (default: none)")                                     //
      ("tune-context", number(&o.tuneContext), "tokens before the steps that --tune times (default: 4096)") //
      ("threads", number(&o.threads), "threads to compile and pack with (default: one a core)")             //
      ("remarks", po::bool_switch(&o.remarks),
       "say what the passes decided: what was fused, which schedule") //
      ("quiet", po::bool_switch(&o.quiet), "no progress, no notes")   //
      ("help", "print this")                                          //
      ("version", "print the version");
  return visible;
}

std::string checkRanges(const Options &o) {
  auto outside = [](const char *option, int64_t value, const char *wanted) {
    return "--" + std::string(option) + " is " + std::to_string(value) + ", wanted " + wanted;
  };
  if (o.maxContext < 0)
    return outside("max-context", o.maxContext, "a positive number");
  if (o.maxStepTokens < 1)
    return outside("max-step-tokens", o.maxStepTokens, "a positive number");
  if (o.tuneBudget < 0)
    return outside("tune-budget", o.tuneBudget, "a positive number");
  if (o.tuneContext < 1)
    return outside("tune-context", o.tuneContext, "a positive number");
  if (o.threads < 0 || o.threads > v4rt::cpu::ThreadPool::kMostThreads)
    return outside("threads", o.threads, "0 to 1024");
  return "";
}

} // namespace

Parsed parseOptions(int argc, char **argv, Options &options, std::string &error) {
  po::options_description all = visibleOptions(options);
  all.add_options()                                     //
      ("input", po::value(&options.input))              //
      ("compile-from", po::value(&options.compileFrom)) //
      ("print-phases-page", po::bool_switch(&options.printPhasesPage));
  po::positional_options_description positional;
  positional.add("input", 1);
  po::variables_map values;
  try {
    // Options in full only: an abbreviation of today is ambiguous tomorrow.
    int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(argc, argv).options(all).positional(positional).style(style).run(),
              values);
    po::notify(values);
  } catch (const po::error &problem) {
    error = problem.what();
    return Parsed::wrong;
  }
  if (values.count("help"))
    return Parsed::help;
  if (values.count("version"))
    return Parsed::version;
  if (options.printPhasesPage)
    return Parsed::run;
  if (options.tune && options.output.empty())
    options.output = "schedules.json";
  error = checkRanges(options);
  if (error.empty() && options.input.empty())
    error = "give the folder of a checkpoint";
  else if (error.empty() && options.output.empty())
    error = "give the file to write with -o";
  return error.empty() ? Parsed::run : Parsed::wrong;
}

std::string helpText() {
  Options options;
  std::ostringstream out;
  out << "v4c CHECKPOINT -o OUT.v4 [options]\n"
         "Compiles a DeepSeek-V4 checkpoint (config.json and *.safetensors) into one artifact for v4run.\n"
         "v4c report says what a configuration costs; see v4c report --help.\n"
         "v4c verify runs an artifact beside the reference; see v4c verify --help.\n\n"
      << visibleOptions(options)
      << "\nCHECKPOINT may also be a module that --dump-phases wrote; its weights are packed later.\n"
         "Exit status: 0 done, 1 bad input, 2 bad command line; 128 + number if a signal stopped the "
         "packing,\n"
         "which the same command then goes on with.\n";
  return out.str();
}

} // namespace v4c
