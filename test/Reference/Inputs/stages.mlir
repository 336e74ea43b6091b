// The stages of a ref-fp8fp4 layer with the published roundings, LAYER its name in the checkpoint. Layers that compress
// have the rotary frequencies of THETA and FACTOR. Parts of a layer that others do not have are never run there.

func.func @attn_input(%x: tensor<?x256xbf16>) -> tensor<?x256xbf16> {
  %w = v4.weight "LAYER.attn_norm.weight" : <256xbf16>
  %0 = v4.rms_norm %x, %w eps 1.0e-6 : (tensor<?x256xbf16>, !v4.weight<256xbf16>) -> tensor<?x256xbf16>
  return %0 : tensor<?x256xbf16>
}

func.func @hc_attn(%streams: tensor<?x4x256xbf16>)
    -> (tensor<?x256xbf16>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4x4xf32>) {
  %fn = v4.weight "LAYER.hc_attn_fn" : <24x1024xf32>
  %base = v4.weight "LAYER.hc_attn_base" : <24xf32>
  %scale = v4.weight "LAYER.hc_attn_scale" : <3xf32>
  %x, %pre, %post, %comb = v4.hc_pre %streams, %fn, %base, %scale iters 20 eps 1.0e-6 norm_eps 1.0e-6
    : (tensor<?x4x256xbf16>, !v4.weight<24x1024xf32>, !v4.weight<24xf32>, !v4.weight<3xf32>)
    -> (tensor<?x256xbf16>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4x4xf32>)
  return %x, %pre, %post, %comb : tensor<?x256xbf16>, tensor<?x4xf32>, tensor<?x4xf32>, tensor<?x4x4xf32>
}

func.func @streams(%y: tensor<?x256xbf16>, %streams: tensor<?x4x256xbf16>, %post: tensor<?x4xf32>,
                   %comb: tensor<?x4x4xf32>) -> tensor<?x4x256xbf16> {
  %0 = v4.hc_post %y, %streams, %post, %comb {numerics = #v4.numerics<reference>}
    : (tensor<?x256xbf16>, tensor<?x4x256xbf16>, tensor<?x4xf32>, tensor<?x4x4xf32>) -> tensor<?x4x256xbf16>
  return %0 : tensor<?x4x256xbf16>
}

func.func @q_lora(%x: tensor<?x256xbf16>) -> tensor<?x128xbf16> {
  %wq_a = v4.weight "LAYER.attn.wq_a.weight" : <128x256xf8E4M3FN, scale f8E8M0FNU by 128x128>
  %norm = v4.weight "LAYER.attn.q_norm.weight" : <128xbf16>
  %0 = v4.fake_quantise %x to e4m3 block 128 : (tensor<?x256xbf16>) -> tensor<?x256xbf16>
  %1 = v4.linear %0, %wq_a
    : (tensor<?x256xbf16>, !v4.weight<128x256xf8E4M3FN, scale f8E8M0FNU by 128x128>) -> tensor<?x128xbf16>
  %2 = v4.rms_norm %1, %norm eps 1.0e-6 : (tensor<?x128xbf16>, !v4.weight<128xbf16>) -> tensor<?x128xbf16>
  return %2 : tensor<?x128xbf16>
}

func.func @q(%q_lora: tensor<?x128xbf16>, %positions: tensor<?xi32>) -> tensor<?x8x192xbf16> {
  %wq_b = v4.weight "LAYER.attn.wq_b.weight" : <1536x128xf8E4M3FN, scale f8E8M0FNU by 128x128>
  %cos, %sin = v4.rope_table %positions <dims = 64, theta = THETA, factor = FACTOR, beta_fast = 32.0, beta_slow = 1.0,
    original_context = 65536> : (tensor<?xi32>) -> (tensor<?x32xf32>, tensor<?x32xf32>)
  %0 = v4.fake_quantise %q_lora to e4m3 block 128 : (tensor<?x128xbf16>) -> tensor<?x128xbf16>
  %1 = v4.linear %0, %wq_b
    : (tensor<?x128xbf16>, !v4.weight<1536x128xf8E4M3FN, scale f8E8M0FNU by 128x128>) -> tensor<?x8x192xbf16>
  %2 = v4.head_norm %1 eps 1.0e-6 {numerics = #v4.numerics<reference>} : (tensor<?x8x192xbf16>) -> tensor<?x8x192xbf16>
  %3 = v4.rope %2, %cos, %sin : (tensor<?x8x192xbf16>, tensor<?x32xf32>, tensor<?x32xf32>) -> tensor<?x8x192xbf16>
  return %3 : tensor<?x8x192xbf16>
}

func.func @kv(%x: tensor<?x256xbf16>, %positions: tensor<?xi32>) -> tensor<?x192xbf16> {
  %wkv = v4.weight "LAYER.attn.wkv.weight" : <192x256xf8E4M3FN, scale f8E8M0FNU by 128x128>
  %norm = v4.weight "LAYER.attn.kv_norm.weight" : <192xbf16>
  %cos, %sin = v4.rope_table %positions <dims = 64, theta = THETA, factor = FACTOR, beta_fast = 32.0, beta_slow = 1.0,
    original_context = 65536> : (tensor<?xi32>) -> (tensor<?x32xf32>, tensor<?x32xf32>)
  %0 = v4.fake_quantise %x to e4m3 block 128 : (tensor<?x256xbf16>) -> tensor<?x256xbf16>
  %1 = v4.linear %0, %wkv
    : (tensor<?x256xbf16>, !v4.weight<192x256xf8E4M3FN, scale f8E8M0FNU by 128x128>) -> tensor<?x192xbf16>
  %2 = v4.rms_norm %1, %norm eps 1.0e-6 : (tensor<?x192xbf16>, !v4.weight<192xbf16>) -> tensor<?x192xbf16>
  %3 = v4.rope %2, %cos, %sin : (tensor<?x192xbf16>, tensor<?x32xf32>, tensor<?x32xf32>) -> tensor<?x192xbf16>
  %4 = v4.fake_quantise %3 to e4m3 block 64 first 128 : (tensor<?x192xbf16>) -> tensor<?x192xbf16>
  return %4 : tensor<?x192xbf16>
}

// Entries of a ratio of 4: the state keeps what the rows close.
func.func @entries(%x: tensor<?x256xbf16>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  %wkv = v4.weight "LAYER.attn.compressor.wkv.weight" : <384x256xbf16>
  %wgate = v4.weight "LAYER.attn.compressor.wgate.weight" : <384x256xbf16>
  %ape = v4.weight "LAYER.attn.compressor.ape" : <4x384xf32>
  %norm = v4.weight "LAYER.attn.compressor.norm.weight" : <192xbf16>
  %values = v4.state "values" : !v4.ring<64, 384, f32>
  %gates = v4.state "gates" : !v4.ring<64, 384, f32>
  %entries = v4.state "entries" : !v4.entries<16, 192, bf16>
  %cos, %sin = v4.rope_table %positions <dims = 64, theta = THETA, factor = FACTOR, beta_fast = 32.0, beta_slow = 1.0,
    original_context = 65536> {offset = -3} : (tensor<?xi32>) -> (tensor<?x32xf32>, tensor<?x32xf32>)
  %k = v4.linear %x, %wkv : (tensor<?x256xbf16>, !v4.weight<384x256xbf16>) -> tensor<?x384xf32>
  %s = v4.linear %x, %wgate : (tensor<?x256xbf16>, !v4.weight<384x256xbf16>) -> tensor<?x384xf32>
  v4.ring_write %k, %values at %slots, %positions : tensor<?x384xf32>, !v4.ring<64, 384, f32>, tensor<?xi32>, tensor<?xi32>
  v4.ring_write %s, %gates at %slots, %positions : tensor<?x384xf32>, !v4.ring<64, 384, f32>, tensor<?xi32>, tensor<?xi32>
  %0 = v4.compress %values, %gates, %ape at %slots, %positions by 4 overlap {numerics = #v4.numerics<reference>}
    : (!v4.ring<64, 384, f32>, !v4.ring<64, 384, f32>, !v4.weight<4x384xf32>, tensor<?xi32>, tensor<?xi32>)
    -> tensor<?x192xbf16>
  %1 = v4.rms_norm %0, %norm eps 1.0e-6 : (tensor<?x192xbf16>, !v4.weight<192xbf16>) -> tensor<?x192xbf16>
  %2 = v4.rope %1, %cos, %sin : (tensor<?x192xbf16>, tensor<?x32xf32>, tensor<?x32xf32>) -> tensor<?x192xbf16>
  %3 = v4.fake_quantise %2 to e4m3 block 64 first 128 : (tensor<?x192xbf16>) -> tensor<?x192xbf16>
  v4.entry_write %3, %entries at %slots, %positions by 4
    : tensor<?x192xbf16>, !v4.entries<16, 192, bf16>, tensor<?xi32>, tensor<?xi32>
  return
}

func.func @index_entries(%x: tensor<?x256xbf16>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  %wkv = v4.weight "LAYER.attn.indexer.compressor.wkv.weight" : <256x256xbf16>
  %wgate = v4.weight "LAYER.attn.indexer.compressor.wgate.weight" : <256x256xbf16>
  %ape = v4.weight "LAYER.attn.indexer.compressor.ape" : <4x256xf32>
  %norm = v4.weight "LAYER.attn.indexer.compressor.norm.weight" : <128xbf16>
  %values = v4.state "index_values" : !v4.ring<64, 256, f32>
  %gates = v4.state "index_gates" : !v4.ring<64, 256, f32>
  %entries = v4.state "index_entries" : !v4.entries<16, 128, bf16>
  %cos, %sin = v4.rope_table %positions <dims = 64, theta = THETA, factor = FACTOR, beta_fast = 32.0, beta_slow = 1.0,
    original_context = 65536> {offset = -3} : (tensor<?xi32>) -> (tensor<?x32xf32>, tensor<?x32xf32>)
  %k = v4.linear %x, %wkv : (tensor<?x256xbf16>, !v4.weight<256x256xbf16>) -> tensor<?x256xf32>
  %s = v4.linear %x, %wgate : (tensor<?x256xbf16>, !v4.weight<256x256xbf16>) -> tensor<?x256xf32>
  v4.ring_write %k, %values at %slots, %positions : tensor<?x256xf32>, !v4.ring<64, 256, f32>, tensor<?xi32>, tensor<?xi32>
  v4.ring_write %s, %gates at %slots, %positions : tensor<?x256xf32>, !v4.ring<64, 256, f32>, tensor<?xi32>, tensor<?xi32>
  %0 = v4.compress %values, %gates, %ape at %slots, %positions by 4 overlap {numerics = #v4.numerics<reference>}
    : (!v4.ring<64, 256, f32>, !v4.ring<64, 256, f32>, !v4.weight<4x256xf32>, tensor<?xi32>, tensor<?xi32>)
    -> tensor<?x128xbf16>
  %1 = v4.rms_norm %0, %norm eps 1.0e-6 : (tensor<?x128xbf16>, !v4.weight<128xbf16>) -> tensor<?x128xbf16>
  %2 = v4.rope %1, %cos, %sin : (tensor<?x128xbf16>, tensor<?x32xf32>, tensor<?x32xf32>) -> tensor<?x128xbf16>
  %3 = v4.hadamard %2 : (tensor<?x128xbf16>) -> tensor<?x128xbf16>
  %4 = v4.fake_quantise %3 to e2m1 block 32 : (tensor<?x128xbf16>) -> tensor<?x128xbf16>
  v4.entry_write %4, %entries at %slots, %positions by 4
    : tensor<?x128xbf16>, !v4.entries<16, 128, bf16>, tensor<?xi32>, tensor<?xi32>
  return
}

func.func @index_q(%q_lora: tensor<?x128xbf16>, %positions: tensor<?xi32>) -> tensor<?x8x128xbf16> {
  %wq_b = v4.weight "LAYER.attn.indexer.wq_b.weight" : <1024x128xf8E4M3FN, scale f8E8M0FNU by 128x128>
  %cos, %sin = v4.rope_table %positions <dims = 64, theta = THETA, factor = FACTOR, beta_fast = 32.0, beta_slow = 1.0,
    original_context = 65536> : (tensor<?xi32>) -> (tensor<?x32xf32>, tensor<?x32xf32>)
  %0 = v4.fake_quantise %q_lora to e4m3 block 128 : (tensor<?x128xbf16>) -> tensor<?x128xbf16>
  %1 = v4.linear %0, %wq_b
    : (tensor<?x128xbf16>, !v4.weight<1024x128xf8E4M3FN, scale f8E8M0FNU by 128x128>) -> tensor<?x8x128xbf16>
  %2 = v4.rope %1, %cos, %sin : (tensor<?x8x128xbf16>, tensor<?x32xf32>, tensor<?x32xf32>) -> tensor<?x8x128xbf16>
  %3 = v4.hadamard %2 : (tensor<?x8x128xbf16>) -> tensor<?x8x128xbf16>
  %4 = v4.fake_quantise %3 to e2m1 block 32 : (tensor<?x8x128xbf16>) -> tensor<?x8x128xbf16>
  return %4 : tensor<?x8x128xbf16>
}

func.func @index_weights(%x: tensor<?x256xbf16>) -> tensor<?x8xbf16> {
  %w = v4.weight "LAYER.attn.indexer.weights_proj.weight" : <8x256xbf16>
  %0 = v4.linear %x, %w : (tensor<?x256xbf16>, !v4.weight<8x256xbf16>) -> tensor<?x8xbf16>
  %1 = v4.scale %0 by 0.03125 : (tensor<?x8xbf16>) -> tensor<?x8xbf16>
  return %1 : tensor<?x8xbf16>
}

// States take entries by the position that closes their block.
func.func @put_index_entries(%entries: tensor<?x128xbf16>, %slots: tensor<?xi32>, %closers: tensor<?xi32>) {
  %state = v4.state "golden_index_entries" : !v4.entries<16, 128, bf16>
  v4.entry_write %entries, %state at %slots, %closers by 4
    : tensor<?x128xbf16>, !v4.entries<16, 128, bf16>, tensor<?xi32>, tensor<?xi32>
  return
}

func.func @put_entries(%entries: tensor<?x192xbf16>, %slots: tensor<?xi32>, %closers: tensor<?xi32>) {
  %state = v4.state "golden_entries" : !v4.entries<16, 192, bf16>
  v4.entry_write %entries, %state at %slots, %closers by RATIO
    : tensor<?x192xbf16>, !v4.entries<16, 192, bf16>, tensor<?xi32>, tensor<?xi32>
  return
}

func.func @put_kv(%kv: tensor<?x192xbf16>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) {
  %ring = v4.state "golden_window" : !v4.ring<512, 192, bf16>
  v4.ring_write %kv, %ring at %slots, %positions : tensor<?x192xbf16>, !v4.ring<512, 192, bf16>, tensor<?xi32>, tensor<?xi32>
  return
}

func.func @index_scores(%q: tensor<?x8x128xbf16>, %weights: tensor<?x8xbf16>, %slots: tensor<?xi32>,
                        %positions: tensor<?xi32>) -> (tensor<?x16xf32>, tensor<?x4xi32>) {
  %keys = v4.state "golden_index_entries" : !v4.entries<16, 128, bf16>
  %0 = v4.index_scores %q, %weights, %keys at %slots, %positions by 4 {numerics = #v4.numerics<reference>}
    : (tensor<?x8x128xbf16>, tensor<?x8xbf16>, !v4.entries<16, 128, bf16>, tensor<?xi32>, tensor<?xi32>)
    -> tensor<?x16xf32>
  %1 = v4.index_topk %0 at %positions by 4 : (tensor<?x16xf32>, tensor<?xi32>) -> tensor<?x4xi32>
  return %0, %1 : tensor<?x16xf32>, tensor<?x4xi32>
}

func.func @window(%q: tensor<?x8x192xbf16>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) -> tensor<?x8x192xbf16> {
  %ring = v4.state "golden_window" : !v4.ring<512, 192, bf16>
  %sink = v4.weight "LAYER.attn.attn_sink" : <8xf32>
  %0 = v4.window_attention %q, %ring, %sink at %slots, %positions window 16 scale 0.072168783648703216
    {numerics = #v4.numerics<reference>}
    : (tensor<?x8x192xbf16>, !v4.ring<512, 192, bf16>, !v4.weight<8xf32>, tensor<?xi32>, tensor<?xi32>)
    -> tensor<?x8x192xbf16>
  return %0 : tensor<?x8x192xbf16>
}

func.func @csa(%q: tensor<?x8x192xbf16>, %topk: tensor<?x4xi32>, %slots: tensor<?xi32>, %positions: tensor<?xi32>)
    -> tensor<?x8x192xbf16> {
  %ring = v4.state "golden_window" : !v4.ring<512, 192, bf16>
  %entries = v4.state "golden_entries" : !v4.entries<16, 192, bf16>
  %sink = v4.weight "LAYER.attn.attn_sink" : <8xf32>
  %0 = v4.csa_attention %q, %ring, %entries, %topk, %sink at %slots, %positions window 16 scale 0.072168783648703216
    {numerics = #v4.numerics<reference>}
    : (tensor<?x8x192xbf16>, !v4.ring<512, 192, bf16>, !v4.entries<16, 192, bf16>, tensor<?x4xi32>, !v4.weight<8xf32>,
       tensor<?xi32>, tensor<?xi32>) -> tensor<?x8x192xbf16>
  return %0 : tensor<?x8x192xbf16>
}

func.func @hca(%q: tensor<?x8x192xbf16>, %slots: tensor<?xi32>, %positions: tensor<?xi32>) -> tensor<?x8x192xbf16> {
  %ring = v4.state "golden_window" : !v4.ring<512, 192, bf16>
  %entries = v4.state "golden_entries" : !v4.entries<16, 192, bf16>
  %sink = v4.weight "LAYER.attn.attn_sink" : <8xf32>
  %0 = v4.hca_attention %q, %ring, %entries, %sink at %slots, %positions by 128 window 16 scale 0.072168783648703216
    {numerics = #v4.numerics<reference>}
    : (tensor<?x8x192xbf16>, !v4.ring<512, 192, bf16>, !v4.entries<16, 192, bf16>, !v4.weight<8xf32>, tensor<?xi32>,
       tensor<?xi32>) -> tensor<?x8x192xbf16>
  return %0 : tensor<?x8x192xbf16>
}

func.func @o_grouped(%heads: tensor<?x8x192xbf16>, %positions: tensor<?xi32>) -> tensor<?x2x768xbf16> {
  %cos, %sin = v4.rope_table %positions <dims = 64, theta = THETA, factor = FACTOR, beta_fast = 32.0, beta_slow = 1.0,
    original_context = 65536> : (tensor<?xi32>) -> (tensor<?x32xf32>, tensor<?x32xf32>)
  %0 = v4.group_heads %heads, %cos, %sin
    : (tensor<?x8x192xbf16>, tensor<?x32xf32>, tensor<?x32xf32>) -> tensor<?x2x768xbf16>
  return %0 : tensor<?x2x768xbf16>
}

func.func @o_lora(%o: tensor<?x2x768xbf16>) -> tensor<?x2x64xbf16> {
  %wo_a = v4.weight "LAYER.attn.wo_a.weight" : <128x768xf8E4M3FN, scale f8E8M0FNU by 128x128>
  %0 = v4.grouped_linear %o, %wo_a
    : (tensor<?x2x768xbf16>, !v4.weight<128x768xf8E4M3FN, scale f8E8M0FNU by 128x128>) -> tensor<?x2x64xbf16>
  return %0 : tensor<?x2x64xbf16>
}

func.func @out(%latent: tensor<?x2x64xbf16>) -> tensor<?x256xbf16> {
  %wo_b = v4.weight "LAYER.attn.wo_b.weight" : <256x128xf8E4M3FN, scale f8E8M0FNU by 128x128>
  %0 = v4.fake_quantise %latent to e4m3 block 128 : (tensor<?x2x64xbf16>) -> tensor<?x128xbf16>
  %1 = v4.linear %0, %wo_b
    : (tensor<?x128xbf16>, !v4.weight<256x128xf8E4M3FN, scale f8E8M0FNU by 128x128>) -> tensor<?x256xbf16>
  return %1 : tensor<?x256xbf16>
}

func.func @logits(%x: tensor<?x256xbf16>) -> tensor<?x8xf32> {
  %gate = v4.weight "LAYER.ffn.gate.weight" : <8x256xbf16>
  %0 = v4.linear %x, %gate : (tensor<?x256xbf16>, !v4.weight<8x256xbf16>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

func.func @routed_out(%x: tensor<?x256xbf16>, %indices: tensor<?x2xi32>, %weights: tensor<?x2xf32>) -> tensor<?x256xf32> {
  %w1 = v4.weight "LAYER.ffn.experts.{e}.w1.weight" : <8x128x256xf4E2M1FN, scale f8E8M0FNU by 1x32>
  %w3 = v4.weight "LAYER.ffn.experts.{e}.w3.weight" : <8x128x256xf4E2M1FN, scale f8E8M0FNU by 1x32>
  %w2 = v4.weight "LAYER.ffn.experts.{e}.w2.weight" : <8x256x128xf4E2M1FN, scale f8E8M0FNU by 1x32>
  %0 = v4.fake_quantise %x to e4m3 block 128 : (tensor<?x256xbf16>) -> tensor<?x256xbf16>
  %1 = v4.experts %0, %indices, %weights, %w1, %w3, %w2 limit 3.0 {numerics = #v4.numerics<reference>}
    : (tensor<?x256xbf16>, tensor<?x2xi32>, tensor<?x2xf32>, !v4.weight<8x128x256xf4E2M1FN, scale f8E8M0FNU by 1x32>,
       !v4.weight<8x128x256xf4E2M1FN, scale f8E8M0FNU by 1x32>, !v4.weight<8x256x128xf4E2M1FN, scale f8E8M0FNU by 1x32>)
    -> tensor<?x256xf32>
  return %1 : tensor<?x256xf32>
}

func.func @shared_out(%x: tensor<?x256xbf16>) -> tensor<?x256xbf16> {
  %w1 = v4.weight "LAYER.ffn.shared_experts.w1.weight" : <128x256xf8E4M3FN, scale f8E8M0FNU by 128x128>
  %w3 = v4.weight "LAYER.ffn.shared_experts.w3.weight" : <128x256xf8E4M3FN, scale f8E8M0FNU by 128x128>
  %w2 = v4.weight "LAYER.ffn.shared_experts.w2.weight" : <256x128xf8E4M3FN, scale f8E8M0FNU by 128x128>
  %0 = v4.fake_quantise %x to e4m3 block 128 : (tensor<?x256xbf16>) -> tensor<?x256xbf16>
  %1 = v4.shared_expert %0, %w1, %w3, %w2 limit 3.0 {numerics = #v4.numerics<reference>}
    : (tensor<?x256xbf16>, !v4.weight<128x256xf8E4M3FN, scale f8E8M0FNU by 128x128>,
       !v4.weight<128x256xf8E4M3FN, scale f8E8M0FNU by 128x128>, !v4.weight<256x128xf8E4M3FN, scale f8E8M0FNU by 128x128>)
    -> tensor<?x256xbf16>
  return %1 : tensor<?x256xbf16>
}

func.func @ffn_out(%routed: tensor<?x256xf32>, %shared: tensor<?x256xbf16>) -> tensor<?x256xbf16> {
  %0 = v4.add %routed, %shared : (tensor<?x256xf32>, tensor<?x256xbf16>) -> tensor<?x256xbf16>
  return %0 : tensor<?x256xbf16>
}
