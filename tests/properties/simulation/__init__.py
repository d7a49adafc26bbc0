"""A model-based test of the pipeline: the real handlers in a simulated AWS, with injected faults.

The promise under test (docs/guarantees.md): an order that the API has accepted is stored,
published, confirmed and audited, whichever part fails, and nothing is done twice.

What is real, and what is simulated. The handlers are the deployed ones. DynamoDB, SNS, SQS and
SES are moto's. The rest of AWS is simulated here: the table's stream, the event source mappings,
their batches and retries, redrive policies and dead-letter queues. So a run has no threads and no
waiting, and the same steps have the same result.

The modules, from the bottom to the top:

- `faults`: what can fail at a call of AWS: a crash, throttling, a timeout, a lost response, a retry
  of the SDK, a concurrent delivery. A fault is injected through `tests.support.connection`.
- `queues`: `Queue` holds the `Message`s that wait for one function, and its dead letters; the
  stream is one, too. An `Invocation` is a batch for a function with the faults to inject.
- `simulation`: `Simulation` sends orders, delivers batches, moves written orders to the stream and
  published events to the queues, and counts what each order has led to.
- `state_machine`: `PipelineModel` is a Hypothesis state machine. Its rules are what clients, AWS,
  other software and operators may do: send or repeat an order, deliver a batch, send an invalid
  message, redrive. Its invariant is the promise, which is checked after every step. At the end all
  faults stop, dead letters are redriven, and every accepted order must have arrived everywhere.
- `test_pipeline`: one fault at every call of every function; and many generated runs.

What the model allows. A second email is allowed only after a fault between SES's acceptance and
the completion of the idempotency record (docs/adr/0007); `Simulation.second_emails` counts those.
A queued order that conflicts with a stored one must end as a dead letter, and so must an invalid
message.

A failing run prints its steps, shortest first, such as

    # order-1 is sent with a key: 200
    # relay receives order-1 with a crash before PublishBatch: order-1 failed
"""
