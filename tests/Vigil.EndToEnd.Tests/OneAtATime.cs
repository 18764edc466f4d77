// Each test is a whole machine: two at once would only measure each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
