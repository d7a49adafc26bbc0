"""The console: web pages that show the stack that runs on the embedded AWS.

How a page is added:

1. A module here has `routes`, a list of Starlette routes. Endpoints are plain functions, which
   Starlette runs in threads, so they may call boto3:

       def show(request: Request) -> Response:
           return page(request, "orders.html", orders=...)

       routes: list[BaseRoute] = [Route("/orders", show)]

   `console_of(request)` has the deployment, its activity, the faults and the topics.
2. `local/console/app.py` lists the module in `PAGES`, in the order of the navigation.
3. Its template extends `page.html` and fills the blocks `title` and `content`. `macros.html` has
   tables, badges, empty states, buttons, times and links to orders. There is no inline script and
   no inline style: the Content-Security-Policy refuses both.
4. What changes while somebody looks is a live region, an element with an ID and its topics:

       <section id="orders" data-live="orders" data-src="{{ url }}">

   When one of the topics is published, the browser fetches `data-src` (without it: the page itself)
   and updates the element with the element of the same ID in the response. Rows that come and go
   have an `id` or a `data-key`, so that focus and open details stay with them. Topics: `orders`,
   `mailbox`, `audit` (a function has logged something), `queues`, `alarms`, `faults`, `graph` (the
   stack was deployed again), `problem`, `try` (the page Try has sent something). Other threads
   publish with `console.topics.publish(...)`.
5. What changes something is a POST, made by the macro `button` or a form, that ends with
   `back(path, notice)`. Browsers' requests without the console's own `Origin` are refused.
"""
